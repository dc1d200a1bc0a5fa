/** The shapes of an item while they are edited: what there is, what is selected, and what it was before. */

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./geometry.js").Place} Place
 * @typedef {import("./geometry.js").Kind} Kind
 * @typedef {{place: Place, label: string, origin: string, suggested?: number | null, hidden?: boolean}} Shape
 *   `suggested`: by a model, with this probability, and not accepted yet; `origin`: drawn, accepted, edited or repeated
 */

export class Model {
  /** @type {Shape[]} */
  shapes = [];
  selected = -1;
  /** The corner that keys are about; -1 for none. */
  vertex = -1;
  label = "";
  /** @type {Point} */
  size = [1, 1];
  /** @type {[Shape[], number][]} */
  #history = [];

  /** @param {Kind} kind @param {(edited: boolean) => void} changed   not `edited`: only what is selected or seen */
  constructor(kind, changed) {
    this.kind = kind;
    this.changed = changed;
  }

  /** Another item. @param {Point} size @param {unknown} value @param {unknown} suggestion */
  begin(size, value, suggestion) {
    this.size = size;
    this.shapes = [...this.#read(value), ...this.#read(suggestion, true)];
    this.#history = [];
    this.select(-1);
  }

  /** @param {unknown} value @returns {Shape[]} */
  #read(value, suggested = false) {
    const parts = Array.isArray(value) ? value.filter((part) => part && this.kind.key in part) : [];
    return parts.map((part) => {
      const shape = { place: part[this.kind.key], label: part.label ?? "", origin: part.origin ?? "drawn" };
      return suggested || "suggested" in part ? { ...shape, suggested: part.suggested ?? part.probability ?? null } : shape;
    });
  }

  /** What is left on the page when the item is left, suggestions that wait included. */
  get draft() {
    return this.shapes.map(({ place, hidden, ...rest }) => ({ [this.kind.key]: place, ...rest }));
  }

  get value() {
    return this.drawn.map(({ place, label }) => ({ [this.kind.key]: place, label }));
  }

  get current() {
    return this.shapes[this.selected];
  }

  get drawn() {
    return this.shapes.filter(({ suggested }) => suggested === undefined);
  }

  get waiting() {
    return this.shapes.filter(({ suggested }) => suggested !== undefined);
  }

  /** @param {Shape | undefined} shape */
  outline(shape) {
    return shape ? this.kind.outline(shape.place) : [];
  }

  /** @param {number} index */
  select(index, vertex = -1) {
    this.selected = index;
    this.vertex = vertex;
    this.changed(false);
  }

  /** Suggestions that are shown late. @param {unknown} suggestion */
  suggest(suggestion) {
    this.set([...this.shapes, ...this.#read(suggestion, true)], this.selected);
  }

  /**
   * Put other shapes in place of these, so that it can be taken back.
   * @param {Shape[]} shapes @param {number} selected @param {boolean} goesOn   the same change, taken back with it
   */
  set(shapes, selected, goesOn = false, vertex = -1) {
    if (!goesOn) this.#history.push([this.shapes, this.selected]);
    this.shapes = shapes;
    this.selected = selected;
    this.vertex = vertex;
    this.changed(true);
  }

  undo() {
    const before = this.#history.pop();
    if (!before) return false;
    [this.shapes, this.selected] = before;
    this.vertex = -1;
    this.changed(true);
    return true;
  }

  /** @param {Place} place */
  add(place, origin = "drawn", label = this.label) {
    if (!this.kind.valid(place)) return false;
    this.set([...this.shapes, { place, label, origin }], this.shapes.length);
    return true;
  }

  /** Change the selected shape; what was suggested is then accepted. @param {Partial<Shape>} change */
  edit(change, goesOn = false) {
    const { current, selected, vertex } = this;
    if (!current || (change.place && !this.kind.valid(change.place))) return;
    const { suggested, ...shape } = { ...current, ...change };
    const origin = change.origin ?? (suggested === undefined ? (shape.origin === "drawn" ? "drawn" : "edited") : "edited");
    this.set(this.shapes.with(selected, { ...shape, origin }), selected, goesOn, change.place ? vertex : -1);
  }

  /** The label of what is drawn next, and of what is selected. @param {string} label */
  choose(label) {
    this.label = label;
    if (this.current && this.current.label !== label) this.edit({ label });
    else this.changed(false);
  }
}
