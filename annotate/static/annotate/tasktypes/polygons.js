/** Polygons: corner by corner, or drawn freehand. */

import { annotate } from "../shapes/editor.js";
import { area } from "../shapes/geometry.js";

annotate({
  key: "polygon",
  noun: "polygon",
  nouns: "polygons",
  closed: true,
  corners: 0,
  insert: true,
  outline: (place) => place,
  place: (points) => points,
  valid: (place) => place.length > 2 && area(place) >= 1,
  handles: (place) => place,
  dragged: (place, handle, to) => place.with(handle, to),
});
