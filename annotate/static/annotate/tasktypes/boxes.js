/** Boxes: dragged from corner to corner, by four extreme points, or by keyboard. */

import { bounds } from "../shapes/geometry.js";
import { annotate } from "../shapes/editor.js";

/** Which sides each handle moves, from the top left round: the places in [x0, y0, x1, y1], −1 for none. */
const SIDES = [[0, 1], [-1, 1], [2, 1], [2, -1], [2, 3], [-1, 3], [0, 3], [0, -1]]; // prettier-ignore

annotate({
  key: "box",
  noun: "box",
  nouns: "boxes",
  closed: true,
  corners: 2,
  outline: ([x0, y0, x1, y1]) => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]], // prettier-ignore
  place: bounds,
  valid: ([x0, y0, x1, y1]) => x1 - x0 >= 1 && y1 - y0 >= 1,
  handles: ([x0, y0, x1, y1]) => SIDES.map(([x = 0, y = 0]) => [x < 0 ? (x0 + x1) / 2 : x ? x1 : x0, y < 0 ? (y0 + y1) / 2 : y > 1 ? y1 : y0]),
  dragged(place, handle, [x, y]) {
    const sides = [...place];
    const [across = -1, down = -1] = SIDES[handle] ?? [];
    if (across >= 0) sides[across] = x;
    if (down >= 0) sides[down] = y;
    return bounds([[sides[0], sides[1]], [sides[2], sides[3]]]); // prettier-ignore
  },
  /** Left and right, top and bottom. */
  ends: [[7, 3], [1, 5]], // prettier-ignore
});
