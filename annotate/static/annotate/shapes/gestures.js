/** What pointers do on the picture: draw, select, drag a handle, pan and pinch. */

import { apart, moved, nearestSide, within } from "./geometry.js";

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
    this.#begin(pans ? (editor.extras?.pan() ?? null) : this.#dragAt(this.#from, this.tolerance(event)));
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

  /** @param {Point} at @param {number} tolerance */
  handle(at, tolerance) {
    const { model } = this.editor;
    const distances = model.current ? model.kind.handles(model.current.place).map((handle) => apart([handle, handle], at)) : [];
    const nearest = Math.min(...distances);
    return nearest <= tolerance ? distances.indexOf(nearest) : -1;
  }

  /** The side of the selected shape under the pointer. @param {Point} at @param {number} tolerance */
  edge(at, tolerance) {
    const { model } = this.editor;
    if (!model.current) return -1;
    const { side, distance } = nearestSide(model.outline(model.current), model.kind.closed, at);
    return distance <= tolerance ? side : -1;
  }

  /** @param {Point} from @param {number} tolerance @returns {Drag | null} */
  #dragAt(from, tolerance) {
    const { editor } = this;
    const { model } = editor;
    const { kind, current } = model;
    if (editor.pen || !current) return this.#draw(from);
    const handle = this.handle(from, tolerance);
    const side = this.edge(from, tolerance);
    if (handle >= 0) return this.#change((to) => kind.dragged(current.place, handle, to), handle);
    if (side >= 0 && kind.insert) {
      const place = current.place.toSpliced(side + 1, 0, from);
      return this.#change((to) => kind.dragged(place, side + 1, to), side + 1);
    }
    const outline = model.outline(current);
    if (side >= 0) return this.#change((to) => moved(current.place, [to[0] - from[0], to[1] - from[1]], outline, model.size));
    return this.#draw(from);
  }

  /** @param {(to: Point) => import("./geometry.js").Place} placeAt @param {number} vertex @returns {Drag} */
  #change(placeAt, vertex = -1) {
    const { editor } = this;
    const { model } = editor;
    return {
      move: (to) => {
        if (model.current) editor.preview = { ...model.current, place: placeAt(to) };
      },
      end: (to) => {
        model.vertex = vertex;
        model.edit({ place: placeAt(to) });
      },
    };
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
    const handle = this.handle(at, tolerance);
    if (model.current && handle >= 0 && kind.insert) return model.select(model.selected, handle);
    const under = editor.extras?.under(model, at, tolerance) ?? [];
    const [smallest = -1] = under;
    if (editor.tools.reviewing && model.shapes[smallest]?.suggested !== undefined) return model.accept(smallest, smallest);
    if (under.length) return model.select(under[(under.indexOf(model.selected) + 1) % under.length] ?? -1);
    if (kind.corners === 2) return model.select(-1);
    editor.pen = { points: [], corners: kind.corners };
    editor.point(at);
  }
}
