/** Polylines: corner by corner, or drawn freehand. */

import { annotate } from "../shapes/editor.js";
import { bounds } from "../shapes/geometry.js";

annotate({
  key: "line",
  noun: "line",
  nouns: "lines",
  closed: false,
  corners: 0,
  insert: true,
  outline: (place) => place,
  place: (points) => points,
  valid(place) {
    const [x0, y0, x1, y1] = bounds(place);
    return place.length > 1 && Math.max(x1 - x0, y1 - y0) >= 1;
  },
  handles: (place) => place,
  dragged: (place, handle, to) => place.with(handle, to),
});
