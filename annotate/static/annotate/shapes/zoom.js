/** Looking closer: by wheel, two fingers, keys and buttons. */

import { bounds } from "./geometry.js";
import { LARGEST } from "./viewport.js";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./viewport.js").Viewport} Viewport
 */

/** Larger or smaller about a place of the stage, its centre unless said. @param {Viewport} view @param {number} factor @param {Point} [about] */
export function zoom(view, factor, [x, y] = /** @type {Point} */ (view.room.map((n) => n / 2))) {
  const scale = Math.min(LARGEST, Math.max(view.fitted / 2, view.scale * factor));
  view.set(scale, x - ((x - view.x) * scale) / view.scale, y - ((y - view.y) * scale) / view.scale);
}

/** Move what is seen. @param {Viewport} view @param {number} dx @param {number} dy */
export function pan(view, dx, dy) {
  view.set(view.scale, view.x + dx, view.y + dy);
}

/** A place of the window on the stage. @param {Viewport} view @param {{clientX: number, clientY: number}} event @returns {Point} */
export function onStage({ stage }, { clientX, clientY }) {
  const { left, top } = stage.getBoundingClientRect();
  return [clientX - left, clientY - top];
}

/** Bring these points to the middle, large enough to see. @param {Viewport} view @param {Point[]} points @param {number} share of the stage */
export function show(view, points, share = 0.5) {
  const [x0, y0, x1, y1] = bounds(points);
  const [width, height] = view.room;
  const room = Math.min((share * width) / Math.max(x1 - x0, 8), (share * height) / Math.max(y1 - y0, 8));
  const scale = Math.min(Math.max(room, view.fitted), Math.max(8, view.fitted), LARGEST);
  view.set(scale, width / 2 - (scale * (x0 + x1)) / 2, height / 2 - (scale * (y0 + y1)) / 2);
}

/** The wheel zooms at the pointer. @param {Viewport} view @param {SVGElement} node */
export function zoomByWheel(view, node) {
  const turned = (/** @type {WheelEvent} */ event) => {
    event.preventDefault();
    zoom(view, Math.exp(-Math.sign(event.deltaY) * Math.min(0.25, Math.abs(event.deltaY) / 400)), onStage(view, event));
  };
  node.addEventListener("wheel", turned, { passive: false });
}

/** One of two fingers moves: zoom and pan. @param {Viewport} view @param {PointerEvent} other @param {PointerEvent} before @param {PointerEvent} event */
export function pinch(view, other, before, event) {
  const [o, a, b] = [onStage(view, other), onStage(view, before), onStage(view, event)];
  const middle = (/** @type {Point} */ p) => /** @type {Point} */ ([(p[0] + o[0]) / 2, (p[1] + o[1]) / 2]);
  const [from, to] = [middle(a), middle(b)];
  zoom(view, Math.hypot(b[0] - o[0], b[1] - o[1]) / Math.max(1, Math.hypot(a[0] - o[0], a[1] - o[1])), from);
  pan(view, to[0] - from[0], to[1] - from[1]);
}
