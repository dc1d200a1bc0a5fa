/** What pointers do on the picture: draw, select, drag a handle, pan and pinch. */

import { apart, within } from "./geometry.js";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./editor.js").Editor} Editor
 * @typedef {{move(to: Point, before: PointerEvent, event: PointerEvent): void, end(to: Point): void}} Drag
 */

const CLICK = 4; // pixels that a pointer may stray within a click

export class Gestures {
  /** @type {Map<number, PointerEvent>} */
  #pointers = new Map();
  /** @type {Drag | null} */
  #drag = null;
  #strayed = false;
  /** @type {Point} */
  #from = [0, 0];

  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    const { root } = editor.drawing;
    root.addEventListener("pointerdown", (event) => this.#down(event));
    root.addEventListener("pointermove", (event) => this.#move(event));
    root.addEventListener("pointerup", (event) => this.#up(event));
    root.addEventListener("pointercancel", (event) => this.#cancel(event));
    root.addEventListener("pointerleave", () => (editor.pointer = null));
    root.addEventListener("dblclick", (event) => event.stopPropagation());
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const { editor } = this;
    event.preventDefault();
    editor.view.stage.focus({ preventScroll: true });
    try {
      editor.drawing.root.setPointerCapture(event.pointerId);
    } catch {
      // A pointer that has left already.
    }
    this.#pointers.set(event.pointerId, event);
    if (this.#pointers.size > 1) return this.#begin(null);
    this.#strayed = false;
    this.#from = editor.view.at(event);
    const pans = event.button === 1 || editor.panning || !editor.editable;
    if (event.button > 1) return;
    this.#begin(pans ? (editor.extras?.pan() ?? null) : (!editor.pen && editor.extras?.drag(editor, this.#from, this.tolerance(event))) || this.#draw(this.#from));
  }

  /** @param {Drag | null} drag */
  #begin(drag) {
    this.#drag = drag;
    this.editor.preview = null;
  }

  /** @param {PointerEvent} event */
  tolerance(event) {
    return (event.pointerType === "touch" ? 18 : 7) / this.editor.view.scale;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const { editor } = this;
    const before = this.#pointers.get(event.pointerId);
    const at = editor.view.at(event);
    editor.pointer = at;
    if (!before) return editor.extras?.hover(at, this.tolerance(event));
    if (this.#pointers.size > 1) return this.#pinch(event, before);
    const { scale } = editor.view;
    this.#strayed ||= Math.hypot(at[0] - this.#from[0], at[1] - this.#from[1]) * scale > CLICK;
    this.#pointers.set(event.pointerId, event);
    if (!this.#strayed) return;
    this.#drag?.move(within(at, editor.model.size), before, event);
    if (event.pointerType === "touch") editor.extras?.loupe(at);
    editor.paintTop();
  }

  /** Two fingers: zoom and pan. @param {PointerEvent} event @param {PointerEvent} before */
  #pinch(event, before) {
    const { extras, view } = this.editor;
    const [other] = [...this.#pointers.values()].filter(({ pointerId }) => pointerId !== event.pointerId);
    this.#pointers.set(event.pointerId, event);
    if (other) extras?.pinch(view, other, before, event);
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const { editor } = this;
    const pinched = this.#pointers.size > 1;
    if (!this.#pointers.delete(event.pointerId) || pinched) return;
    const at = within(editor.view.at(event), editor.model.size);
    const drag = this.#drag;
    this.#begin(null);
    editor.extras?.loupe(null);
    if (this.#strayed) drag?.end(at);
    else if (event.button === 0 && !editor.panning && editor.editable) this.#click(at, this.tolerance(event));
    editor.paint();
  }

  /** @param {PointerEvent} event */
  #cancel(event) {
    this.#pointers.delete(event.pointerId);
    this.#begin(null);
    this.editor.extras?.loupe(null);
    this.editor.paint();
  }

  /** From corner to corner, or freehand. @param {Point} from @returns {Drag | null} */
  #draw(from) {
    const { editor } = this;
    const { model } = editor;
    const { kind } = model;
    const begin = within(from, model.size);
    if (kind.corners) {
      const place = (/** @type {Point} */ to) => kind.place(kind.corners > 1 ? [begin, to] : [to]);
      return {
        move: (to) => (editor.preview = { place: place(to), label: model.label, origin: "drawn" }),
        end: (to) => editor.add(place(to)),
      };
    }
    return editor.extras?.freehand(editor, begin) ?? null;
  }

  /** @param {Point} at @param {number} tolerance */
  #click(at, tolerance) {
    const { editor } = this;
    const { model } = editor;
    const { kind } = model;
    if (editor.pen) {
      const [first] = editor.pen.points;
      const last = editor.pen.points.at(-1);
      const ends = !editor.pen.corners && [kind.closed ? first : last, last].some((end) => end && apart([end, end], at) <= tolerance);
      return ends ? editor.finish() : editor.point(at);
    }
    if (editor.open) return editor.add(kind.place([at]));
    const handle = editor.extras?.handle(model, at, tolerance) ?? -1;
    if (model.current && handle >= 0 && (kind.insert || kind.named)) return model.select(model.selected, handle);
    const under = editor.extras?.under(model, at, tolerance) ?? [];
    const [smallest = -1] = under;
    if (editor.tools.reviewing && model.shapes[smallest]?.suggested !== undefined) return editor.extras?.accept(model, smallest, smallest);
    if (under.length) return model.select(under[(under.indexOf(model.selected) + 1) % under.length] ?? -1);
    if (kind.corners === 2) return model.select(-1);
    editor.pen = { points: [], corners: kind.corners };
    editor.point(at);
  }
}
