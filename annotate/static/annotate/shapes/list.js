/** The shapes as words, beside the picture: what is suggested, what is drawn, and the card of the selected one. */

import { bounds } from "./geometry.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Shape} Shape
 */

/** @template {Element} T @param {string} selector @param {ParentNode} [within] */
const find = (selector, within = document) => /** @type {T} */ (within.querySelector(selector));

const SOON = 60; // ms

/** @param {Element} list @param {Element[]} rows */
function fill(list, rows) {
  const now = list.children;
  if (rows.length !== now.length) list.replaceChildren(...rows);
  else rows.forEach((row, i) => now[i] !== row && now[i]?.replaceWith(row));
}

export class List {
  #side = /** @type {HTMLElement} */ (find("[data-shapes-side]"));
  #template = /** @type {HTMLTemplateElement} */ (find("[data-shape-row]"));
  #verb = find("[data-when-none]").textContent;
  #due = false;
  /** @type {WeakMap<Shape, HTMLElement>} */
  #rows = new WeakMap();
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
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => {
      this.#due = false;
      this.#paint();
    }, SOON);
  }

  #paint() {
    const { model } = this;
    const { shapes, selected, current, waiting } = model;
    const drawn = shapes.length - waiting.length;
    find("[data-shapes-sum]").textContent = `${drawn} drawn${waiting.length ? ` · ${waiting.length} suggested` : ""}`;
    /** @type {HTMLElement} */ (find("[data-shapes-waiting]")).hidden = !waiting.length;
    find("[data-when-none]").textContent = shapes.length ? this.#verb : `No ${model.kind.nouns}`;
    const rows = shapes.map((shape, index) => this.#row(shape, index));
    fill(find("[data-list=suggested]"), rows.filter((_, i) => shapes[i]?.suggested !== undefined));
    fill(find("[data-list=drawn]"), rows.filter((_, i) => shapes[i]?.suggested === undefined));
    this.#mark(rows[selected], selected);
    const card = /** @type {HTMLElement} */ (find("[data-shape-card]"));
    card.hidden = !current;
    if (!current) return;
    const [x, y] = bounds(model.outline(current));
    find("[data-card-label]", card).textContent = current.label;
    find("[data-card-place]", card).textContent = `x ${Math.round(x)} · y ${Math.round(y)}`;
    find("rect", card).setAttribute("fill", this.colors.get(current.label) ?? "#8a8a8a");
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

  /** The row of a shape; that of one which did not change is used again. @param {Shape} shape @param {number} index */
  #row(shape, index) {
    const row = this.#rows.get(shape) ?? this.#filled(shape, index);
    this.#rows.set(shape, row);
    if (row.dataset["index"] !== String(index)) row.dataset["index"] = String(index);
    return row;
  }

  /** @param {Shape} shape @param {number} index */
  #filled(shape, index) {
    const row = /** @type {HTMLElement} */ (find("li", /** @type {DocumentFragment} */ (this.#template.content.cloneNode(true))));
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
      if (button !== choose) button.ariaLabel = `${button.ariaLabel} ${label} ${index + 1}`;
    }
    find("[data-act=hide]", row).ariaPressed = String(Boolean(hidden));
    return row;
  }
}
