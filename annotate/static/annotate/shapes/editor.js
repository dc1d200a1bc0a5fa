/** Shapes on a picture: what every task type of shapes does on the labelling screen, given its kind of shape. */

import { start } from "../labelling/main.js";
import { Drawing } from "./drawing.js";
import { within } from "./geometry.js";
import { Gestures } from "./gestures.js";
import { pressed } from "./keyboard.js";
import { List } from "./list.js";
import { Model } from "./model.js";
import { Viewport } from "./viewport.js";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./geometry.js").Kind} Kind
 * @typedef {import("./model.js").Shape} Shape
 * @typedef {import("../labelling/main.js").Tools} Tools
 */

/** @param {Kind} kind */
export function annotate(kind) {
  /** @type {Editor} */
  let editor;
  start({
    goesOn: false,
    mount: (tools) => (editor = new Editor(kind, tools)),
    show: (node, item, about) => editor.show(/** @type {HTMLImageElement} */ (node), item.id, about),
    read: () => editor.model.value,
    origins: () => editor.model.drawn.map(({ origin }) => origin),
    answered: () => editor.model.value.map((part, i) => ({ ...part, origin: editor.model.drawn[i]?.origin })),
    draft: () => editor.model.draft,
    write: () => {},
    reveal: (suggestion) => editor.model.suggest(suggestion.parts ?? suggestion.value),
    key: (event) => pressed(editor, event, editor.tools.singleKeys),
    undo: () => editor.model.undo(),
    unfinished: () => counted(editor.model.drawn.length, kind),
    objection: () => editor.objection(),
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
  #warned = false;
  /** @type {Shape[]} */
  #former = [];
  /** Loaded by the first finger. @type {Promise<import("./loupe.js").Loupe> | undefined} */
  #loupe;
  /** @type {HTMLImageElement | undefined} */
  #picture;

  /** @param {Kind} kind @param {Tools} tools */
  constructor(kind, tools) {
    this.tools = tools;
    this.announce = tools.announce;
    const colors = new Map(tools.labels.map(({ name, color }) => [name, color]));
    this.drawing = new Drawing(kind, colors);
    this.model = new Model(kind, (edited) => this.#changed(edited));
    this.model.label = tools.labels[0]?.name ?? "";
    this.list = new List(this.model, colors, (action, index) => this.#action(action, index));
    this.view = new Viewport(tools.stage, (zoomed) => this.#seen(zoomed));
    this.paint = this.paint.bind(this);
    new Gestures(this);
    tools.stage.dataset["shapes"] = "";
    /** @type {HTMLElement} */ (tools.panel.form).dataset["shapes"] = "";
    for (const node of document.querySelectorAll("[data-shapes-bar], [data-shapes-form]")) /** @type {HTMLElement} */ (node).hidden = !node.hasAttribute("data-shapes-bar");
    this.#controls();
    let fitted = true;
    new ResizeObserver(() => {
      fitted = Math.abs(this.view.scale / this.#fit - 1) < 0.01;
      if (fitted) this.view.fit();
    }).observe(tools.stage);
  }

  #fit = 1;

  #controls() {
    const { panel, stage } = this.tools;
    panel.addEventListener("click", ({ target, detail }) => {
      if (!(target instanceof HTMLInputElement)) return;
      this.model.choose(target.value);
      if (detail) stage.focus({ preventScroll: true });
    });
    const bar = /** @type {HTMLElement} */ (document.querySelector("[data-shapes-bar]"));
    bar.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (!button?.dataset["act"]) return;
      this.#action(button.dataset["act"], -1);
      stage.focus({ preventScroll: true }); // the next key is for the shapes
    });
    bar.addEventListener("input", () => this.#light());
    bar.addEventListener("change", () => stage.focus({ preventScroll: true }));
  }

  /** Brightness and contrast of the picture, opacity of the shapes. */
  #light() {
    const value = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (document.querySelector(`[data-light=${name}]`)).value;
    if (this.#picture) this.#picture.style.filter = `brightness(${value("brightness")}%) contrast(${value("contrast")}%)`;
    this.drawing.fade(String(Number(value("opacity")) / 100));
  }

  /** @param {string} action @param {number} index */
  #action(action, index) {
    const { model, view } = this;
    if (action === "select") {
      model.select(index === model.selected ? -1 : index);
      return model.current && view.show(model.outline(model.current), 0.4);
    }
    if (action === "hide") return model.hide(index);
    if (action === "fit") return view.fit();
    if (action === "in" || action === "out") return view.zoom(action === "in" ? 1.25 : 0.8);
    if (action === "reset") {
      for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-light]"))) input.value = input.defaultValue;
      return this.#light();
    }
    if (!this.editable) return;
    if (action === "accept") model.accept(index);
    else if (action === "drop") model.remove(index);
    else if (action === "accept-all") model.acceptAll();
    else if (action === "finish") this.finish();
    else if (action === "pen") this.startPen();
    else if (action === "grid") this.startGrid();
    else if (action === "former") this.copyFormer();
  }

  /** @param {HTMLImageElement} picture @param {number} item @param {{value: unknown, suggestion: any, editable: boolean}} about */
  show(picture, item, { value, suggestion, editable }) {
    if (item !== this.#item && this.editable) this.#former = this.model.drawn;
    this.#item = item;
    this.editable = editable;
    this.pen = this.grid = this.preview = null;
    this.#warned = false;
    this.#picture = this.view.picture = picture;
    this.view.size = [picture.naturalWidth, picture.naturalHeight];
    this.tools.stage.append(this.drawing.root, this.drawing.front);
    this.#light();
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
      this.#warned = false;
      this.tools.changed();
    }
    this.#choose();
    this.paint();
  }

  /** @param {boolean} zoomed */
  #seen(zoomed) {
    this.drawing.pan(this.view.x, this.view.y);
    if (!zoomed) return;
    this.#fit = this.view.scale === this.view.fitted ? this.view.scale : this.#fit;
    const shown = document.querySelector("[data-zoom-shown]");
    if (shown) shown.textContent = `${Math.round(100 * this.view.scale)} %`;
    this.paint();
  }

  paint() {
    const { shapes, selected } = this.model;
    this.drawing.paint(shapes.filter((_, i) => i !== selected), this.view.scale); // prettier-ignore
    this.paintTop();
    this.list.paint();
  }

  paintTop() {
    const { model, pen, pointer, preview, grid, view } = this;
    const points = pen ? [...pen.points, ...(pointer && !grid && pen.points.length ? [pointer] : [])] : [];
    const shape = preview ?? (model.current?.hidden ? null : (model.current ?? null));
    this.drawing.paintTop({ shape, vertex: model.vertex, points, grid: grid?.at(-1) ?? null }, view.scale);
  }

  /** @param {import("./geometry.js").Place} place */
  add(place) {
    if (!this.model.add(place)) this.announce(`That is too small for a ${this.model.kind.noun}.`);
  }

  /** Begin a shape point by point: four extreme points of a box, corners of a polygon. */
  startPen() {
    const { corners } = this.model.kind;
    this.pen = { points: [], corners: corners === 2 ? 4 : corners };
    this.model.select(-1);
    this.announce(this.model.kind.tools);
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
    this.#closeGrid();
    if (points.length) this.add(this.model.kind.place(points));
    this.paint();
    return true;
  }

  /** Escape: leave what was begun, then what is selected. */
  leave() {
    const something = this.pen !== null || this.grid !== null || this.model.current !== undefined;
    if (this.pen || this.grid) {
      this.pen = null;
      this.#closeGrid();
      this.paint();
    } else if (something) this.model.select(-1);
    return something;
  }

  /** By keyboard: sixteen keys choose a cell of the picture, then of that cell. */
  startGrid() {
    const [width, height] = this.model.size;
    this.model.select(-1);
    this.pen ??= { points: [], corners: this.model.kind.corners };
    this.grid = [[0, 0, width, height]];
    this.view.fit();
    this.announce("Choose a cell by its key, again and again; Backspace is one back, Enter takes the middle, Escape leaves.");
    this.paint();
  }

  /** @param {Point} at */
  gridPoint(at) {
    const [width, height] = this.model.size;
    this.grid = [[0, 0, width, height]];
    this.view.fit();
    this.point(at);
  }

  /** Zoom to where the cells are small. @param {number[]} region */
  look([x0 = 0, y0 = 0, x1 = 0, y1 = 0]) {
    if ((x1 - x0) * this.view.scale < 240) this.view.show([[x0, y0], [x1, y1]], 0.5); // prettier-ignore
    this.paint();
  }

  #closeGrid() {
    if (this.grid) this.view.fit();
    this.grid = null;
  }

  copyFormer() {
    if (!this.#former.length) return this.announce("There is nothing to copy from the former picture.");
    this.model.copy(this.#former);
    this.announce(`${counted(this.#former.length, this.model.kind)} copied from the former picture.`);
  }

  /** @param {Point} at */
  inside(at) {
    return within(at, this.model.size);
  }

  /** Enlarge what lies under a finger. @param {Point | null} at */
  loupe(at) {
    if (at) this.#loupe ??= import("./loupe.js").then(({ Loupe }) => new Loupe());
    this.#loupe?.then((loupe) => this.#picture && loupe.show(this.tools.stage, this.#picture, at, this.view));
  }

  /** Why the answer is not taken yet; once a suggestion was spoken of, Submit drops it. */
  objection() {
    const { waiting, kind } = this.model;
    if (this.pen?.points.length) return `Finish the ${kind.noun} first: Enter; Escape drops it.`;
    if (!waiting.length || this.#warned || this.tools.reviewing) return "";
    this.#warned = true;
    return `${waiting.length} suggested: Shift+Y accepts all, Y one; Enter again submits without them.`;
  }
}
