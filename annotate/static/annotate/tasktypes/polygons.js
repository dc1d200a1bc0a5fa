/** Polygons: corner by corner, or drawn freehand. */

import { annotate } from "../shapes/editor.js";
import { area, nearestCorner } from "../shapes/geometry.js";

annotate({
  key: "polygon",
  noun: "polygon",
  nouns: "polygons",
  closed: true,
  corners: 0,
  insert: true,
  tools: "Click corner after corner, or draw freehand; Enter or the first corner closes it, Backspace takes a corner back.",
  outline: (place) => place,
  place: (points) => points,
  valid: (place) => place.length > 2 && area(place) >= 1,
  handles: (place) => place,
  dragged: (place, handle, to) => place.with(handle, to),
  nearest: nearestCorner,
});
