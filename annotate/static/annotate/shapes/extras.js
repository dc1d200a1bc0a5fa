/**
 * What is loaded beside the first picture: keys, the list and the bar beside the picture, zoom, freehand, handles.
 * Shapes are shown, drawn, selected and moved without it.
 */

import { freehand } from "./freehand.js";
import { front } from "./front.js";
import { startGrid } from "./grid.js";
import { pressed } from "./keyboard.js";
import { List } from "./list.js";
import { drag, edge, handle } from "./moving.js";
import { copyFormer, startPen } from "./pen.js";
import { accept, acceptAll, hide, remove } from "./changes.js";
import { under } from "./under.js";
import { pan, pinch, show, zoom, zoomByWheel } from "./zoom.js";

/**
 * @typedef {import("./editor.js").Editor} Editor
 * @typedef {import("./geometry.js").Point} Point
 */

export class Extras {
  accept = accept;
  drag = drag;
  front = front;
  freehand = freehand;
  handle = handle;
  pinch = pinch;
  pressed = pressed;
  startGrid = startGrid;
  under = under;

  /** Loaded by the first finger. @type {Promise<import("./loupe.js").Loupe> | undefined} */
  #loupe;

  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.list = new List(editor.model, editor.drawing.colors, (action, index) => this.#perform(action, index));
    zoomByWheel(editor.view, editor.drawing.root);
    this.#bar();
    this.light();
    this.scale();
  }

  #bar() {
    const { stage } = this.editor.tools;
    const bar = /** @type {HTMLElement} */ (document.querySelector("[data-shapes-bar]"));
    bar.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (!button?.dataset["act"]) return;
      this.#perform(button.dataset["act"], -1);
      stage.focus({ preventScroll: true }); // the next key is for the shapes
    });
    bar.addEventListener("input", () => this.light());
    bar.addEventListener("change", () => stage.focus({ preventScroll: true }));
  }

  /** Brightness and contrast of the picture, opacity of the shapes. */
  light() {
    const { drawing, view } = this.editor;
    const value = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (document.querySelector(`[data-light=${name}]`)).value;
    const filters = ["brightness", "contrast"].map((name) => (value(name) === "100" ? "" : `${name}(${value(name)}%)`));
    if (view.picture) view.picture.style.filter = filters.join(" ").trim(); // one that changes nothing costs as much
    drawing.shapes.setAttribute("opacity", String(Number(value("opacity")) / 100));
  }

  /** Why the answer is not taken yet; once a suggestion was spoken of, Submit drops it. */
  objection() {
    const { editor } = this;
    const { waiting, kind } = editor.model;
    if (editor.pen?.points.length) return `Finish the ${kind.noun} first: Enter; Escape drops it.`;
    if (!waiting.length || editor.warned || editor.tools.reviewing) return "";
    editor.warned = true;
    return `${waiting.length} suggested: Shift+Y accepts all, Y one; Enter again submits without them.`;
  }

  /** What the pointer would do here. @param {Point} at @param {number} tolerance */
  hover(at, tolerance) {
    const { editor } = this;
    const { drawing, model, pen } = editor;
    const over = model.current && !pen && (handle(model, at, tolerance) >= 0 || edge(model, at, tolerance) >= 0);
    drawing.root.dataset["cursor"] = editor.panning || !editor.editable ? "pan" : over ? "move" : "draw";
    if (pen?.points.length) editor.paintTop();
  }

  /** @returns {import("./gestures.js").Drag} */
  pan() {
    const { editor } = this;
    editor.panned = true;
    return { move: (_, before, now) => pan(editor.view, now.clientX - before.clientX, now.clientY - before.clientY), end: () => {} };
  }

  /** Enlarge what lies under a finger. @param {Point | null} at */
  loupe(at) {
    const { tools, view } = this.editor;
    if (at) this.#loupe ??= import("./loupe.js").then(({ Loupe }) => new Loupe());
    this.#loupe?.then((loupe) => view.picture && loupe.show(tools.stage, view.picture, at, view));
  }

  /** How large the picture is seen. */
  scale() {
    const shown = document.querySelector("[data-zoom-shown]");
    if (shown) shown.textContent = `${Math.round(100 * this.editor.view.scale)} %`;
  }

  /** @param {string} action @param {number} index */
  #perform(action, index) {
    const { editor } = this;
    const { model, view } = editor;
    if (action === "select") {
      model.select(index === model.selected ? -1 : index);
      return model.current && show(view, model.outline(model.current), 0.4);
    }
    if (action === "hide") return hide(model, index);
    if (action === "fit") return view.fit();
    if (action === "in" || action === "out") return zoom(view, action === "in" ? 1.25 : 0.8);
    if (action === "reset") {
      for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-light]"))) input.value = input.defaultValue;
      return this.light();
    }
    if (!editor.editable) return;
    if (action === "accept") accept(model, index);
    else if (action === "drop") remove(model, index);
    else if (action === "accept-all") acceptAll(model);
    else if (action === "finish") editor.finish();
    else if (action === "pen") startPen(editor);
    else if (action === "grid") startGrid(editor);
    else if (action === "former") copyFormer(editor);
  }
}
