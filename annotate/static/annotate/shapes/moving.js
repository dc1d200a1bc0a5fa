/** Shapes that are dragged: by a handle, by a new corner of a side, or as a whole. Loaded beside the first picture. */

import { apart, bounds, round, sides } from "./geometry.js";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./geometry.js").Place} Place
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./editor.js").Editor} Editor
 */

/** The place moved, as far as it stays on the picture. @param {Place} place @param {Point} by @param {Point[]} outline @param {Point} size */
export function moved(place, by, outline, size) {
  const [x0, y0, x1, y1] = bounds(outline);
  const dx = Math.min(Math.max(by[0], -x0), size[0] - x1);
  const dy = Math.min(Math.max(by[1], -y0), size[1] - y1);
  /** @param {Place} part @returns {Place} */
  const shift = (part) => {
    if (!Array.isArray(part)) return Object.fromEntries(Object.entries(part).map(([name, [x, y, seen]]) => [name, [...shift([x, y]), seen]]));
    return Array.isArray(part[0]) ? part.map(shift) : part.map((/** @type {number} */ n, /** @type {number} */ i) => round(n + (i % 2 ? dy : dx)));
  };
  return shift(place);
}

/** Which of some sides is nearest, and how far it is. @param {[Point, Point][]} of @param {Point} point */
export function nearestSide(of, point) {
  const distances = of.map((side) => apart(side, point));
  const distance = Math.min(...distances);
  return { side: distances.indexOf(distance), distance };
}

/** The nearest side of a shape. @param {Model} model @param {import("./model.js").Shape} shape @param {Point} at */
export function nearest({ kind }, { place }, at) {
  return nearestSide(kind.sides?.(place) ?? sides(kind.outline(place), kind.closed), at);
}

/** The handle of the selected shape under the pointer. @param {Model} model @param {Point} at @param {number} tolerance */
export function handle({ current, kind }, at, tolerance) {
  const distances = current ? kind.handles(current.place).map((handle) => apart([handle, handle], at)) : [];
  const nearest = Math.min(...distances);
  return nearest <= tolerance ? distances.indexOf(nearest) : -1;
}

/** The side of the selected shape under the pointer. @param {Model} model @param {Point} at @param {number} tolerance */
export function edge(model, at, tolerance) {
  if (!model.current) return -1;
  const { side, distance } = nearest(model, model.current, at);
  return distance <= tolerance ? side : -1;
}

/** What a drag does to the selected shape; null where it is not touched. @param {Editor} editor @param {Point} from @param {number} tolerance */
export function drag(editor, from, tolerance) {
  const { model } = editor;
  const { kind, current } = model;
  if (!current) return null;
  const grabbed = handle(model, from, tolerance);
  if (grabbed >= 0) return change(editor, (to) => kind.dragged(current.place, grabbed, to), grabbed);
  const side = editor.open ? -1 : edge(model, from, tolerance);
  if (side < 0) return null;
  if (kind.insert) {
    const place = current.place.toSpliced(side + 1, 0, from);
    return change(editor, (to) => kind.dragged(place, side + 1, to), side + 1);
  }
  const outline = model.outline(current);
  return change(editor, (to) => moved(current.place, [to[0] - from[0], to[1] - from[1]], outline, model.size));
}

/** @param {Editor} editor @param {(to: Point) => Place} placeAt @param {number} vertex @returns {import("./gestures.js").Drag} */
function change(editor, placeAt, vertex = -1) {
  const { model } = editor;
  return {
    move: (to) => {
      if (!model.current) return;
      editor.drawing.lift(model.current);
      editor.preview = { ...model.current, place: placeAt(to) };
    },
    end: (to) => {
      model.vertex = vertex;
      model.edit({ place: placeAt(to) });
    },
  };
}
