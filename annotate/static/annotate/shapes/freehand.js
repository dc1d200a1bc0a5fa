/** Lines drawn in one stroke, with no more corners than they need. */

import { apart } from "./geometry.js";

/** @typedef {import("./geometry.js").Point} Point */

/** Fewer points that stray less than `tolerance` from the line (Douglas and Peucker). @param {Point[]} line @param {number} tolerance @returns {Point[]} */
export function simplified(line, tolerance) {
  if (line.length < 3) return line;
  const ends = /** @type {[Point, Point]} */ ([line[0], line.at(-1)]);
  const strays = line.map((point) => apart(ends, point));
  const furthest = Math.max(...strays);
  const most = strays.indexOf(furthest);
  if (furthest <= tolerance) return ends;
  return [...simplified(line.slice(0, most + 1), tolerance).slice(0, -1), ...simplified(line.slice(most), tolerance)];
}

/** What the pen makes of a stroke, behind the corners it has. @param {import("./editor.js").Editor} editor @param {Point} begin @returns {import("./gestures.js").Drag} */
export function freehand(editor, begin) {
  const line = [begin];
  const before = editor.pen?.points ?? [];
  return {
    move: (to) => {
      line.push(to);
      editor.pen = { points: [...before, ...line], corners: 0 };
    },
    end: () => {
      editor.pen = { points: [...before, ...simplified(line, 1.5 / editor.view.scale)], corners: 0 };
      if (!before.length) editor.finish();
    },
  };
}
