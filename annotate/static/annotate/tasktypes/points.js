/** Points: a click each. */

import { annotate } from "../shapes/editor.js";

annotate({
  key: "point",
  noun: "point",
  nouns: "points",
  closed: false,
  corners: 1,
  outline: (place) => [place],
  place: ([point]) => point,
  valid: () => true,
  handles: () => [],
  dragged: (_, __, to) => to,
});
