import assert from "node:assert/strict";
import { test } from "node:test";

import { matching, placed, plain } from "../../../annotate/static/annotate/labelling/matching.js";

const names = ["Heavy trucks", "Light trucks", "Trams", "Tram stops", "Café au lait", "Thermal hats", "Art"].map(plain);
const matchesOf = (query, recency) => matching(names, query, recency).map((place) => names[place]);

test("a name that begins so comes before one of whose words does, before initials, before letters within", () => {
  assert.deepEqual(matchesOf("tr"), ["trams", "tram stops", "heavy trucks", "light trucks"]);
  assert.deepEqual(matchesOf("ht"), ["heavy trucks", "light trucks"]);
  assert.deepEqual(matchesOf("th"), ["thermal hats"]);
  assert.deepEqual(matchesOf("art"), ["art"]);
  assert.deepEqual(matchesOf("ram"), ["trams", "tram stops"]);
});

test("case and accents do not matter, and nothing fits nonsense", () => {
  assert.deepEqual(matchesOf("CAFE"), ["cafe au lait"]);
  assert.deepEqual(matchesOf("xyz"), []);
});

test("a label is found by the label above it too, after those found by their names", () => {
  const groups = ["vehicles", "vehicles", "", "", "", "", ""];
  const matches = (query) => matching(names, query, undefined, groups).map((place) => names[place]);
  assert.deepEqual(matches("veh"), ["heavy trucks", "light trucks"]);
  assert.deepEqual(matches("vehicles li"), ["light trucks"]);
  assert.deepEqual(matches("h"), ["heavy trucks", "thermal hats", "light trucks"]);
});

test("of two that fit as well the one that was used later is first", () => {
  assert.deepEqual(matchesOf("tram", (place) => place), ["tram stops", "trams"]);
});

test("labels on the digits stay where they are; a new one takes the place of the one used longest ago", () => {
  assert.deepEqual(placed(["a", "b", "c"], ["b"]), ["a", "b", "c"]);
  assert.deepEqual(placed(["a", "b", "c"], ["d", "b", "a"]), ["a", "b", "d"]);
  assert.deepEqual(placed(["a", "b", "c"], ["e", "d", "c", "b"]), ["e", "d", "c"]);
});
