/** The shapes as words, beside the picture: what is suggested, what is drawn, and the card of the selected one. */

import { arrange } from "./drawing.js";
import { bounds } from "./geometry.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Shape} Shape
 */

/** @template {Element} T @param {string} selector @param {ParentNode} [within] */
const find = (selector, within = document) => /** @type {T} */ (within.querySelector(selector));

const SOON = 100; // ms after the last of many keys

export class List {
  #side = /** @type {HTMLElement} */ (find("[data-shapes-side]"));
  #template = /** @type {HTMLTemplateElement} */ (find("[data-shape-row]"));
  #verb = find("[data-when-none]").textContent;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #due;
  /** @type {WeakMap<Shape, HTMLElement>} */
  #rows = new WeakMap();
  /** As they were painted last. @type {Shape[]} */
  #former = [];
  /** @type {HTMLElement | undefined} */
  #current;
  #shown = -1;

  /** @param {Model} model @param {Map<string, string>} colors @param {(action: string, index: number) => void} action */
  constructor(model, colors, action) {
    this.model = model;
    this.colors = colors;
    this.#side.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button?.dataset["act"]) action(button.dataset["act"], Number(button.closest("li")?.dataset["index"] ?? model.selected));
    });
  }

  /** Soon, after the picture is painted; not for each of many keys. */
  paint() {
    clearTimeout(this.#due);
    this.#due = setTimeout(() => this.#paint(), SOON);
  }

  #paint() {
    const { model } = this;
    const { shapes, selected, current, waiting } = model;
    const drawn = shapes.length - waiting.length;
    find("[data-shapes-sum]").textContent = `${drawn} drawn${waiting.length ? ` · ${waiting.length} suggested` : ""}`;
    /** @type {HTMLElement} */ (find("[data-shapes-waiting]")).hidden = !waiting.length;
    find("[data-when-none]").textContent = shapes.length ? this.#verb : `No ${model.kind.nouns}`;
    if (shapes !== this.#former) this.#fill(shapes);
    this.#mark(current && this.#rows.get(current), selected);
    const card = /** @type {HTMLElement} */ (find("[data-shape-card]"));
    card.hidden = !current;
    if (!current) return;
    const [x, y] = bounds(model.outline(current));
    find("[data-card-label]", card).textContent = current.label;
    find("[data-card-place]", card).textContent = `x ${Math.round(x)} · y ${Math.round(y)}`;
    find("rect", card).setAttribute("fill", this.colors.get(current.label) ?? "#8a8a8a");
  }

  /** @param {Shape[]} shapes */
  #fill(shapes) {
    const present = new Set(shapes);
    const rows = shapes.map((shape, index) => this.#row(shape, index, present));
    this.#former = shapes;
    arrange(find("[data-list=suggested]"), rows.filter((_, i) => shapes[i]?.suggested !== undefined));
    arrange(find("[data-list=drawn]"), rows.filter((_, i) => shapes[i]?.suggested === undefined));
  }

  /** @param {HTMLElement | undefined} row @param {number} index */
  #mark(row, index) {
    if (row === this.#current) return;
    for (const [node, value] of /** @type {const} */ ([[this.#current, null], [row, "true"]])) {
      node?.toggleAttribute("data-current", value !== null);
      if (node) find("[data-act=select]", node).ariaCurrent = value;
    }
    this.#current = row;
    if (index !== this.#shown) row?.scrollIntoView({ block: "nearest" });
    this.#shown = index;
  }

  /** The row of a shape: its own, or that of the shape whose place it took. A row that comes restyles all. @param {Shape} shape @param {number} index @param {Set<Shape>} present */
  #row(shape, index, present) {
    const former = this.#former[index];
    const row = this.#rows.get(shape) ?? this.#filled(shape, index, former && !present.has(former) ? this.#rows.get(former) : undefined);
    this.#rows.set(shape, row);
    if (row.dataset["index"] !== String(index)) row.dataset["index"] = String(index);
    return row;
  }

  /** @param {Shape} shape @param {number} index @param {HTMLElement} [row] */
  #filled(shape, index, row = /** @type {HTMLElement} */ (find("li", /** @type {DocumentFragment} */ (this.#template.content.cloneNode(true))))) {
    const { suggested, hidden, label } = shape;
    const [x0, y0, x1, y1] = bounds(this.model.outline(shape));
    const size = x1 > x0 || y1 > y0 ? `${Math.round(x1 - x0)} × ${Math.round(y1 - y0)}` : `${Math.round(x0)}, ${Math.round(y0)}`;
    row.toggleAttribute("data-waiting", suggested !== undefined);
    row.toggleAttribute("data-hidden", Boolean(hidden));
    const choose = find("[data-act=select]", row);
    find("rect", row).setAttribute("fill", this.colors.get(label) ?? "#8a8a8a");
    find("[data-name]", row).textContent = label;
    find("[data-size]", row).textContent = suggested === undefined ? size : suggested === null ? "" : `${Math.round(100 * suggested)} %`;
    for (const button of row.querySelectorAll("[data-act]")) {
      if (button !== choose) button.ariaLabel = `${button.ariaLabel?.split(" ")[0]} ${label} ${index + 1}`;
    }
    find("[data-act=hide]", row).ariaPressed = String(Boolean(hidden));
    return row;
  }
}
