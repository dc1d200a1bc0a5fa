/** Shapes on a picture: what every task type of shapes does on the labelling screen, given its kind of shape. */

import { start } from "../labelling/main.js";
import { Drawing } from "./drawing.js";
import { within } from "./geometry.js";
import { Gestures } from "./gestures.js";
import { Model } from "./model.js";
import { Viewport } from "./viewport.js";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./geometry.js").Kind} Kind
 * @typedef {import("./model.js").Shape} Shape
 * @typedef {import("../labelling/main.js").Tools} Tools
 */

/** @param {Kind} kind @param {typeof Editor} [Type] */
export function annotate(kind, Type = Editor) {
  /** @type {Editor} */
  let editor;
  start({
    goesOn: false,
    mount: (tools) => (editor = new Type(kind, tools)),
    show: (node, item, about) => editor.show(/** @type {HTMLImageElement} */ (node), item.id, about),
    read: () => editor.model.value,
    origins: () => editor.model.drawn.map(({ origin }) => origin),
    answered: () => editor.model.value.map((part, i) => ({ ...part, origin: editor.model.drawn[i]?.origin })),
    draft: () => editor.model.draft,
    write: () => {},
    reveal: (suggestion) => editor.model.suggest(suggestion.parts ?? suggestion.value),
    key: (event) => editor.key(event),
    undo: () => editor.undo(),
    unfinished: () => counted(editor.model.drawn.length, kind),
    objection: () => editor.extras?.objection() ?? "",
    labelsIn: () => [],
    describe: (value) => (Array.isArray(value) ? counted(value.length, kind) || `no ${kind.nouns}` : ""),
  });
}

/** @param {number} count @param {Kind} kind */
const counted = (count, kind) => (count ? `${count} ${count > 1 ? kind.nouns : kind.noun}` : "");

export class Editor {
  editable = false;
  panning = false;
  panned = false;
  /** Where the pointer is on the picture. @type {Point | null} */
  pointer = null;
  /** What a drag makes of the selected shape, or of a new one. @type {Shape | null} */
  preview = null;
  /** Points of a new shape. @type {{points: Point[], corners: number} | null} */
  pen = null;
  /** The cells chosen so far, the whole picture first. @type {number[][] | null} */
  grid = null;
  #item = 0;
  /** Whether suggestions that wait were spoken of. */
  warned = false;
  /** @type {Shape[]} */
  former = [];
  /** Loaded beside the first picture. @type {import("./extras.js").Extras | undefined} */
  extras;
  /** @type {Promise<void> | undefined} */
  #loading;

  /** @param {Kind} kind @param {Tools} tools */
  constructor(kind, tools) {
    this.tools = tools;
    this.announce = tools.announce;
    const colors = new Map(tools.labels.map(({ name, color }) => [name, color]));
    tools.panel.addEventListener("labeladded", (/** @type {any} */ { detail }) => colors.set(detail.name, detail.color));
    this.drawing = new Drawing(kind, colors);
    this.model = new Model(kind, (edited) => this.#changed(edited));
    this.model.label = tools.labels[0]?.name ?? "";
    this.view = new Viewport(tools.stage, (zoomed) => this.#seen(zoomed));
    this.paint = this.paint.bind(this);
    this.gestures = new Gestures(this);
    tools.stage.dataset["shapes"] = "";
    /** @type {HTMLElement} */ (tools.panel.form).dataset["shapes"] = "";
    for (const node of document.querySelectorAll("[data-swap]")) node.toggleAttribute("hidden");
    this.#controls();
    this.#load();
    new ResizeObserver(() => {
      this.view.measure();
      if (Math.abs(this.view.scale / this.#fit - 1) < 0.01) this.view.fit();
    }).observe(tools.stage);
  }

  #fit = 1;

  /** Whether the next point belongs to the selected shape. */
  get open() {
    return false;
  }

  undo() {
    return this.model.undo();
  }

  #controls() {
    const { panel, stage } = this.tools;
    panel.addEventListener("click", ({ target, detail }) => {
      if (!(target instanceof HTMLInputElement)) return;
      this.model.choose(target.value);
      if (detail) stage.focus({ preventScroll: true });
    });
    document.querySelector("[data-shapes-bar]")?.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (!this.extras && button?.dataset["act"]) this.#load().then(() => button.click()); // it comes again, as keys do
    });
  }

  /** Whether a key is for the shapes; one that comes before the keys are loaded comes again. @param {KeyboardEvent} event */
  key(event) {
    if (!this.editable) return false;
    if (this.extras) return this.extras.pressed(this, event);
    if (event.key === " ") return false; // its release would be missed
    this.#load().then(() => event.target?.dispatchEvent(new KeyboardEvent(event.type, event)));
    return true;
  }

  /** What a kind of shape needs before its keys. @returns {Promise<void>} */
  async prepare() {}

  #load() {
    return (this.#loading ??= import("./extras.js").then(async ({ Extras }) => {
      await this.prepare();
      this.extras = new Extras(this);
      this.paint();
    }).catch((error) => {
      this.#loading = undefined; // the next key tries again
      throw error;
    }));
  }

  /** @param {HTMLImageElement} picture @param {number} item @param {{value: unknown, suggestion: any, editable: boolean}} about */
  show(picture, item, { value, suggestion, editable }) {
    if (item !== this.#item && this.editable) this.former = this.model.drawn;
    this.#item = item;
    this.editable = editable;
    this.pen = this.grid = this.preview = null;
    this.warned = false;
    this.view.picture = picture;
    this.view.size = [picture.naturalWidth, picture.naturalHeight];
    this.tools.stage.append(this.drawing.root, this.drawing.front);
    this.extras?.light();
    this.view.measure();
    this.view.fit();
    this.model.begin(this.view.size, value, value === undefined && suggestion ? (suggestion.parts ?? suggestion.value) : null);
    this.#choose();
  }

  /** Light the button of the label that is drawn next. */
  #choose() {
    for (const input of this.tools.panel.querySelectorAll("input")) {
      const chosen = input.value === (this.model.current?.label ?? this.model.label);
      if (input.checked !== chosen) input.checked = chosen;
    }
  }

  /** @param {boolean} edited */
  #changed(edited) {
    if (edited) {
      this.warned = false;
      this.tools.changed();
    }
    this.#choose();
    this.paint();
  }

  /** @param {boolean} zoomed */
  #seen(zoomed) {
    this.drawing.pan(this.view.x, this.view.y);
    if (!zoomed) return;
    const { size, scale } = this.view;
    this.drawing.spread(size[0] * scale, size[1] * scale);
    this.#fit = this.view.scale === this.view.fitted ? this.view.scale : this.#fit;
    this.extras?.scale();
    this.paint();
  }

  paint() {
    this.drawing.paint(this.model.shapes, this.model.current, this.view.scale);
    this.paintTop();
    this.extras?.list.paint();
  }

  paintTop() {
    const { current } = this.model;
    const shape = this.preview ?? (current?.hidden ? undefined : current);
    this.drawing.paintTop(shape, this.view.scale, this.extras?.front(this, shape) ?? []);
  }

  /** @param {import("./geometry.js").Place} place */
  add(place) {
    if (!this.model.add(place)) this.announce(`That is too small for a ${this.model.kind.noun}.`);
  }

  /** @param {Point} at */
  point(at) {
    if (!this.pen) return;
    this.pen.points.push(this.inside(at));
    if (this.pen.points.length === this.pen.corners) this.finish();
    this.paint();
  }

  /** Make a shape of the points; true, so that the key is taken. */
  finish() {
    const points = this.pen?.points ?? [];
    this.pen = null;
    this.closeGrid();
    if (points.length) this.add(this.model.kind.place(points));
    this.paint();
    return true;
  }

  closeGrid() {
    if (this.grid) this.view.fit();
    this.grid = null;
  }

  /** @param {Point} at */
  inside(at) {
    return within(at, this.model.size);
  }
}
