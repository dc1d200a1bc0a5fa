/** Which shapes lie under the pointer. */

import { bounds, sides } from "./geometry.js";
import { nearest } from "./moving.js";

/** @typedef {import("./geometry.js").Point} Point */

/** Their numbers, the smallest first. @param {import("./model.js").Model} model @param {Point} at @param {number} tolerance */
export function under(model, at, tolerance) {
  const { closed } = model.kind;
  const area = (/** @type {number} */ i) => {
    const [x0, y0, x1, y1] = bounds(model.outline(model.shapes[i]));
    return (x1 - x0) * (y1 - y0);
  };
  return model.shapes
    .flatMap((shape, i) => {
      const outline = model.outline(shape);
      const touched = !shape.hidden && (nearest(model, shape, at).distance <= tolerance || (closed && contains(outline, at)));
      return touched ? [i] : [];
    })
    .sort((a, b) => area(a) - area(b));
}

/** @param {Point[]} outline @param {Point} point */
export function contains(outline, [x, y]) {
  return sides(outline, true).filter(([[ax, ay], [bx, by]]) => ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax).length % 2 === 1;
}
