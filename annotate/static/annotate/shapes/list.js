/** The shapes as words, beside the picture: what is suggested, what is drawn, and the card of the selected one. */

import { bounds } from "./geometry.js";

/** @typedef {import("./model.js").Model} Model */

/** @template {Element} T @param {string} selector @param {ParentNode} [within] */
const find = (selector, within = document) => /** @type {T} */ (within.querySelector(selector));

export class List {
  #side = /** @type {HTMLElement} */ (find("[data-shapes-side]"));
  #row = /** @type {HTMLTemplateElement} */ (find("[data-shape-row]"));
  #due = false;

  /** @param {Model} model @param {Map<string, string>} colors @param {(action: string, index: number) => void} action */
  constructor(model, colors, action) {
    this.model = model;
    this.colors = colors;
    this.#side.hidden = false;
    this.#side.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button?.dataset["act"]) action(button.dataset["act"], Number(button.closest("li")?.dataset["index"] ?? model.selected));
    });
  }

  /** Soon, after the picture is painted. */
  paint() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => setTimeout(() => {
      this.#due = false;
      this.#paint();
    })); // prettier-ignore
  }

  #paint() {
    const { model } = this;
    const { shapes, selected, current, waiting } = model;
    const drawn = shapes.length - waiting.length;
    find("[data-shapes-sum]").textContent = `${drawn} drawn${waiting.length ? ` · ${waiting.length} suggested` : ""}`;
    /** @type {HTMLElement} */ (find("[data-shapes-waiting]")).hidden = !waiting.length;
    find("[data-when-none]").textContent = shapes.length ? "Submit" : `No ${model.kind.nouns}`;
    const rows = shapes.map((shape, index) => this.#filled(index));
    find("[data-list=suggested]").replaceChildren(...rows.filter((_, i) => shapes[i]?.suggested !== undefined));
    find("[data-list=drawn]").replaceChildren(...rows.filter((_, i) => shapes[i]?.suggested === undefined));
    rows[selected]?.scrollIntoView({ block: "nearest" });
    const card = /** @type {HTMLElement} */ (find("[data-shape-card]"));
    card.hidden = !current;
    if (!current) return;
    const [x, y] = bounds(model.outline(current));
    find("[data-card-label]", card).textContent = current.label;
    find("[data-card-place]", card).textContent = `x ${Math.round(x)} · y ${Math.round(y)}`;
    find("rect", card).setAttribute("fill", this.colors.get(current.label) ?? "#8a8a8a");
  }

  /** @param {number} index */
  #filled(index) {
    const { shapes, selected } = this.model;
    const shape = /** @type {import("./model.js").Shape} */ (shapes[index]);
    const row = /** @type {HTMLElement} */ (find("li", /** @type {DocumentFragment} */ (this.#row.content.cloneNode(true))));
    const { suggested, hidden, label } = shape;
    const [x0, y0, x1, y1] = bounds(this.model.outline(shape));
    const size = x1 > x0 || y1 > y0 ? `${Math.round(x1 - x0)} × ${Math.round(y1 - y0)}` : `${Math.round(x0)}, ${Math.round(y0)}`;
    row.dataset["index"] = String(index);
    row.toggleAttribute("data-waiting", suggested !== undefined);
    row.toggleAttribute("data-hidden", Boolean(hidden));
    const choose = find("[data-act=select]", row);
    choose.ariaCurrent = index === selected ? "true" : null;
    find("rect", row).setAttribute("fill", this.colors.get(label) ?? "#8a8a8a");
    find("[data-name]", row).textContent = label;
    find("[data-size]", row).textContent = suggested === undefined ? size : suggested === null ? "" : `${Math.round(100 * suggested)} %`;
    for (const button of row.querySelectorAll("[data-act]")) {
      if (button !== choose) button.ariaLabel = `${button.ariaLabel} ${label} ${index + 1}`;
    }
    find("[data-act=hide]", row).ariaPressed = String(Boolean(hidden));
    return row;
  }
}
