/**
 * Relations between spans: R on the one, then the other; or the dot above the one, dragged to the other. They are drawn
 * as arcs over the text, which stays as it is.
 * Loaded where the project has labels of relations.
 *
 * @typedef {import("../tasktypes/spans.js").Part} Part
 * @typedef {import("../tasktypes/spans.js").Relation} Relation
 * @typedef {{spans: Part[], relations: Relation[]}} Draft
 */

const TAG = 17; // px that the name above a span takes
const RISE = 28; // px of an arc above the names
const HEAD = 4;

const card = /** @type {HTMLElement} */ (document.querySelector("[data-relations-card]"));
const list = /** @type {HTMLElement} */ (card.querySelector("ul"));
const select = /** @type {HTMLSelectElement} */ (card.querySelector("select"));

/** @param {string} name @param {Record<string, unknown>} attributes @param {(Node | string)[]} children */
function svg(name, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

export class Relations {
  /** The span that the next relation leads from. @type {Part | null} */
  #from = null;
  /** @type {Draft} */
  #draft = { spans: [], relations: [] };
  #arcs = svg("svg", { class: "span-arcs" });
  /** With those to spans that are still suggested. @type {Relation[]} */
  #all = [];
  /** What keys are about. @type {Part | null} */
  #chosen = null;
  /** Above the chosen span: it is dragged to the other one. */
  #grip = svg("circle", { class: "span-grip", r: 7 });
  /** While it is dragged. */
  #thread = svg("path", { class: "span-thread" });

  /**
   * @param {import("./painter.js").Painter} painter @param {import("../labelling/main.js").Tools} tools
   * @param {(part: Part) => string} quote
   * @param {(relations: Relation[], chosen: Part) => void} change
   */
  constructor(painter, tools, quote, change) {
    this.painter = painter;
    this.tools = tools;
    this.quote = quote;
    this.change = change;
    new ResizeObserver(() => this.#draw()).observe(tools.stage);
    this.#grip.addEventListener("pointerdown", (event) => this.#pull(/** @type {PointerEvent} */ (event)));
    for (const kind of ["mousedown", "mouseup", "click"]) this.#grip.addEventListener(kind, (event) => event.stopPropagation());
    list.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      const relation = this.#draft.relations[Number(button?.dataset["relation"] ?? NaN)];
      if (relation) this.#press(relation);
    });
    select.addEventListener("change", () => tools.stage.focus({ preventScroll: true }));
  }

  /** From this span to the one that is chosen next; once more, another label. @param {Part | null} chosen */
  begin(chosen) {
    if (this.#from) select.selectedIndex = (select.selectedIndex + 1) % select.length;
    else if (!chosen || !this.#draft.spans.includes(chosen)) return this.tools.announce("Choose a span first: click it, or Tab; then R.");
    else this.#from = chosen;
    const other = select.length > 1 ? " R takes the next label," : "";
    this.tools.announce(`“${this.quote(/** @type {Part} */ (this.#from))}” ${select.value} …: click the other span, or Tab and Enter;${other} Escape leaves.`);
    this.#draw();
  }

  /** Whether a span that is clicked ends a relation. @param {Part} to */
  takes(to) {
    const from = this.#from;
    if (!from) return false;
    if (to === from || !this.#draft.spans.includes(to)) {
      this.tools.announce("A relation leads to another span that is marked.");
      return true;
    }
    this.#from = null;
    const label = select.value;
    const same = this.#draft.relations.find((relation) => relation.from === from && relation.to === to && relation.label === label);
    if (same) return (this.#press(same), true);
    this.change([...this.#all, { from, to, label }], from);
    this.tools.announce(`“${this.quote(from)}” ${label} “${this.quote(to)}”.`);
    return true;
  }

  /** From the dot above the chosen span to the one under the pointer when it is let go. @param {PointerEvent} event */
  #pull(event) {
    const [grip, from] = [this.#grip, this.#chosen];
    if (!from || event.button || document.body.dataset["state"] === "looking") return;
    event.preventDefault();
    event.stopPropagation();
    grip.setPointerCapture(event.pointerId);
    const start = `M${grip.getAttribute("cx")} ${grip.getAttribute("cy")}`;
    const done = new AbortController();
    /** @param {string} kind @param {(event: PointerEvent) => void} then */
    const on = (kind, then) => grip.addEventListener(kind, (now) => then(/** @type {PointerEvent} */ (now)), { signal: done.signal });
    const ended = () => {
      done.abort();
      this.#thread.removeAttribute("d");
    };
    on("pointermove", ({ clientX, clientY }) => {
      const { x, y } = this.#corner();
      this.#thread.setAttribute("d", `${start}L${clientX - x} ${clientY - y}`);
    });
    on("pointercancel", ended);
    on("pointerup", ({ clientX, clientY }) => {
      ended();
      const to = this.#draft.spans.find((part) => part !== from && this.painter.rects(part).some(({ left, right, top, bottom }) => left <= clientX && clientX <= right && top - TAG <= clientY && clientY <= bottom));
      if (!to) return this.tools.announce("Drag the dot to another span that is marked.");
      this.#from = from;
      this.takes(to);
    });
  }

  /** Where the stage's contents begin, in the window. */
  #corner() {
    const { stage } = this.tools;
    const { left, top } = stage.getBoundingClientRect();
    return { x: left - stage.scrollLeft, y: top - stage.scrollTop };
  }

  /** @param {KeyboardEvent} event @param {Part | null} chosen */
  key({ key, repeat }, chosen) {
    if (!this.#from || repeat || (key !== "Enter" && key !== "Escape")) return false;
    if (key === "Enter" && chosen) return this.takes(chosen);
    this.#from = null;
    this.#draw();
    this.tools.announce("No relation.");
    return true;
  }

  /** @param {Draft} draft @param {Part | null} chosen */
  paint(draft, chosen) {
    const here = (/** @type {Part} */ part) => draft.spans.includes(part);
    if (this.#from && !here(this.#from)) this.#from = null;
    this.#all = draft.relations;
    this.#draft = { spans: draft.spans, relations: draft.relations.filter(({ from, to }) => here(from) && here(to)) };
    this.#chosen = chosen && here(chosen) ? chosen : null;
    card.hidden = !this.#chosen;
    const own = this.#draft.relations.map((relation, n) => ({ ...relation, n })).filter(({ from, to }) => from === chosen || to === chosen);
    list.replaceChildren(...own.map((relation) => this.#row(relation)));
    this.#draw();
  }

  /** @param {Relation & {n: number}} relation */
  #row({ from, to, label, probability, suggested, n }) {
    const row = document.createElement("li");
    const name = `“${this.quote(from)}” ${label} “${this.quote(to)}”`;
    const [textContent, action] = suggested ? ["✓", "Accept"] : ["×", "Delete"];
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button quiet small icon-only", textContent, ariaLabel: `${action}: ${name}` });
    button.dataset["relation"] = String(n);
    row.append(name, percent(probability), suggested ? ", left out " : " ", button);
    return row;
  }

  /** Delete a relation, or accept one that was left out. @param {Relation} relation */
  #press(relation) {
    const { suggested, ...accepted } = relation;
    this.change(this.#all.flatMap((other) => (other !== relation ? [other] : suggested ? [accepted] : [])), relation.from);
    this.tools.announce(`“${relation.label}” ${suggested ? "accepted" : "deleted"}. U takes it back.`);
  }

  #draw() {
    const corner = this.#corner();
    const places = new Map([...new Set(this.#draft.relations.flatMap(({ from, to }) => [from, to]).concat(this.#from ?? [], this.#chosen ?? []))].map((part) => {
      const [line] = this.painter.rects(part);
      return [part, line && { x: line.left + line.width / 2 - corner.x, y: line.top - corner.y - TAG }];
    })); // prettier-ignore
    const { relations } = this.#draft;
    const arcs = relations.flatMap(({ from, to, label, probability, suggested }, n) => {
      const [a, b] = [places.get(from), places.get(to)];
      const below = relations.slice(0, n).filter((other) => [from, to].includes(other.from) && [from, to].includes(other.to)).length;
      return a && b ? [arc(a, b, label + percent(probability), suggested ? "span-arc left-out" : "span-arc", below)] : [];
    });
    const begun = this.#from && places.get(this.#from);
    if (begun) arcs.push(svg("circle", { class: "span-arc-begun", cx: begun.x, cy: begun.y - 4, r: 5 }));
    const held = this.#chosen && places.get(this.#chosen);
    if (held) {
      this.#grip.setAttribute("cx", String(held.x));
      this.#grip.setAttribute("cy", String(held.y - 9));
      arcs.push(this.#thread, this.#grip);
    }
    this.#arcs.replaceChildren(...arcs);
    if (this.#arcs.parentNode !== this.painter.layer) this.painter.layer.append(this.#arcs);
  }
}

/** @param {number | undefined} p */
const percent = (p) => (p === undefined ? "" : ` ${Math.round(100 * p)} %`);

/** From the middle of the one to the middle of the other, above both. @param {{x: number, y: number}} a @param {{x: number, y: number}} b @param {string} label @param {string} look @param {number} below arcs of the same two spans */
function arc(a, b, label, look, below) {
  const high = Math.min(a.y, b.y) - RISE * (1 + below);
  const middle = (a.x + b.x) / 2;
  return svg("g", { class: look },
    svg("path", { d: `M${a.x} ${a.y}C${a.x} ${high} ${b.x} ${high} ${b.x} ${b.y}` }),
    svg("path", { class: "head", d: `M${b.x - HEAD} ${b.y - 2 * HEAD}L${b.x} ${b.y}L${b.x + HEAD} ${b.y - 2 * HEAD}Z` }),
    svg("text", { x: middle, y: (a.y + b.y) / 8 + 0.75 * high }, label)); // prettier-ignore
}
