/**
 * Paints spans without touching the text: tints by the CSS Custom Highlight API, what stands around the words by boxes
 * that lie over them. A box is measured once and lives as long as its span.
 *
 * @typedef {{start: number, end: number, label: string, look: "span" | "suggested" | "copy" | "cursor",
 *   chosen?: boolean, tag?: string}} Mark
 * @typedef {{boxes: HTMLElement[], range: StaticRange, tint: string, tag: HTMLElement | null, left: number, top: number}} Painted
 */

const GAP = 4; // px between two names on one line
const AROUND = 48; // px above and below a mark that are brought into view with it
const LONG = 10_000; // characters from which on a change of highlights takes too long to paint: boxes are tinted instead

export class Painter {
  /** Of each label. @type {Map<string, string>} */
  colors = new Map();
  layer = document.createElement("div");
  #sheet = new CSSStyleSheet();
  /** @type {Map<string, Painted>} */
  #painted = new Map();
  /** @type {Map<string, Highlight>} */
  #tints = new Map();
  /** @type {Text | null} */
  #text = null;
  #node = /** @type {HTMLElement | null} */ (null);
  /** @type {Mark[]} */
  #marks = [];
  #width = 0;
  #plain = false;
  #range = document.createRange(); // one for all that is measured: each that lives makes every change of the page slower

  /** @param {HTMLElement} stage @param {{name: string, color: string}[]} labels */
  constructor(stage, labels) {
    this.stage = stage;
    this.layer.className = "span-layer";
    this.layer.ariaHidden = "true";
    document.adoptedStyleSheets.push(this.#sheet);
    for (const label of labels) this.know(label);
    new ResizeObserver(() => this.#node && this.#node.offsetWidth !== this.#width && this.#again()).observe(stage);
  }

  /** A label of which there will be spans. @param {{name: string, color: string}} label */
  know({ name, color }) {
    const highlight = `span-${this.colors.size}`;
    this.colors.set(name, color);
    if (!("highlights" in CSS)) return;
    const tint = new Highlight();
    this.#tints.set(name, tint);
    CSS.highlights.set(highlight, tint);
    this.#sheet.insertRule(`::highlight(${highlight}) { background-color: color-mix(in srgb, ${color} var(--span-tint), transparent); }`);
  }

  /** @param {HTMLElement} node the element whose only child is the text */
  begin(node) {
    for (const key of this.#painted.keys()) this.#remove(key);
    const text = node.firstChild;
    this.#node = node;
    this.#text = text instanceof Text ? text : null;
    this.#width = node.offsetWidth;
    this.#plain = !this.#tints.size || (this.#text?.length ?? 0) > LONG;
    this.layer.toggleAttribute("data-plain", this.#plain);
    this.stage.append(this.layer);
  }

  /** Show these marks and no others, and bring one into view. @param {Mark[]} marks @param {Mark | null} shown */
  paint(marks, shown = null) {
    this.#marks = marks;
    const wanted = new Map(marks.map((mark) => [keyOf(mark), mark]));
    const fresh = [...wanted].filter(([key]) => !this.#painted.has(key));
    const origin = this.#origin(); // all is measured before anything changes, which costs no layout
    const measured = fresh.map(([key, mark]) => ({ key, mark, rects: this.rects(mark) }));
    if (shown) this.#reveal(this.rects(shown));
    for (const key of this.#painted.keys()) if (!wanted.has(key)) this.#remove(key);
    for (const { key, mark, rects } of measured) this.#add(key, mark, rects, origin);
    if (fresh.length) this.#makeRoom();
  }

  /** The rectangles of a stretch of the text, a line each. @param {{start: number, end: number}} place */
  rects({ start, end }) {
    if (!this.#text || end > this.#text.length) return [];
    this.#range.setStart(this.#text, start);
    this.#range.setEnd(this.#text, end);
    /** @type {DOMRect[]} */
    const lines = [];
    for (const rect of this.#range.getClientRects()) {
      const last = lines.at(-1);
      if (!last || Math.abs(last.top - rect.top) > GAP) lines.push(rect);
      else if (rect.left > last.right + GAP || rect.right < last.left - GAP) lines.push(rect); // other words between: two directions
      else {
        const left = Math.min(last.left, rect.left);
        lines[lines.length - 1] = new DOMRect(left, last.top, Math.max(last.right, rect.right) - left, last.height);
      }
    }
    return lines.filter(({ width }) => width > 0);
  }

  /** The place in the text under a point, -1 where there is none. @param {number} x @param {number} y */
  placeAt(x, y) {
    const at = document.caretPositionFromPoint?.(x, y);
    const node = at ? at.offsetNode : document.caretRangeFromPoint?.(x, y)?.startContainer;
    const offset = at ? at.offset : document.caretRangeFromPoint?.(x, y)?.startOffset;
    return this.#text && node === this.#text ? (offset ?? -1) : -1;
  }

  /** The selected stretch of the text, null without one. */
  selected() {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount || !this.#text) return null;
    const range = selection.getRangeAt(0);
    if (!range.intersectsNode(this.#text)) return null;
    const start = range.startContainer === this.#text ? range.startOffset : 0;
    const end = range.endContainer === this.#text ? range.endOffset : this.#text.length;
    return start < end ? { start, end } : null;
  }

  /** Bring lines of the text into view, the first of them where there is no room for all. @param {DOMRect[]} lines */
  #reveal(lines) {
    const [first, last] = [lines[0], lines.at(-1)];
    if (!first || !last) return;
    const { top, bottom } = this.stage.getBoundingClientRect();
    const above = first.top - AROUND - Math.max(top, 0);
    const below = last.bottom + AROUND - Math.min(bottom, innerHeight);
    this.stage.scrollTop += Math.min(above, Math.max(below, 0));
  }

  #again() {
    this.#width = this.#node?.offsetWidth ?? 0;
    for (const key of this.#painted.keys()) this.#remove(key);
    this.paint(this.#marks);
  }

  #origin() {
    const { left, top } = this.stage.getBoundingClientRect();
    return { left: left - this.stage.scrollLeft, top: top - this.stage.scrollTop };
  }

  /** @param {string} key @param {Mark} mark @param {DOMRect[]} rects @param {{left: number, top: number}} origin */
  #add(key, mark, rects, origin) {
    if (!this.#text || !rects.length) return;
    const boxes = rects.map((rect, place) => {
      const box = document.createElement("div");
      box.className = "span-box";
      box.dataset["look"] = mark.look;
      if (mark.chosen) box.dataset["chosen"] = "";
      if (place === 0) box.dataset["first"] = "";
      if (place === rects.length - 1) box.dataset["last"] = "";
      box.style.setProperty("--label", this.colors.get(mark.label) ?? "var(--accent)");
      box.style.left = `${rect.left - origin.left}px`;
      box.style.top = `${rect.top - origin.top}px`;
      box.style.width = `${rect.width}px`;
      box.style.height = `${rect.height}px`;
      return box;
    });
    const tag = mark.tag ? document.createElement("span") : null;
    if (tag) {
      tag.textContent = mark.tag ?? "";
      boxes[0]?.append(tag);
    }
    this.layer.append(...boxes);
    const range = new StaticRange({ startContainer: this.#text, startOffset: mark.start, endContainer: this.#text, endOffset: mark.end });
    const tint = mark.look === "span" && !this.#plain ? mark.label : "";
    this.#tints.get(tint)?.add(range);
    const [{ left, top }] = /** @type {[DOMRect]} */ (rects);
    this.#painted.set(key, { boxes, range, tint, tag, left: left - origin.left, top: top - origin.top });
  }

  /** @param {string} key */
  #remove(key) {
    const painted = this.#painted.get(key);
    if (!painted) return;
    for (const box of painted.boxes) box.remove();
    this.#tints.get(painted.tint)?.delete(painted.range);
    this.#painted.delete(key);
  }

  /** A name may be as wide as there is room before the next one on its line. */
  #makeRoom() {
    const tagged = [...this.#painted.values()].filter(({ tag }) => tag);
    tagged.sort((a, b) => a.top - b.top || a.left - b.left);
    tagged.forEach(({ tag, left, top }, place) => {
      const next = tagged[place + 1];
      const room = next && Math.abs(next.top - top) < GAP && next.left > left ? `${next.left - left - GAP}px` : "";
      if (tag && tag.style.maxWidth !== room) tag.style.maxWidth = room;
    });
  }
}

/** @param {Mark} mark */
function keyOf({ start, end, label, look, chosen, tag }) {
  return `${start} ${end} ${look} ${chosen ? 1 : 0} ${tag ?? ""} ${label}`;
}
