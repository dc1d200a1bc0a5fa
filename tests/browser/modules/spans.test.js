import assert from "node:assert/strict";
import { test } from "node:test";

import { copies } from "../../../annotate/static/annotate/spans/everywhere.js";
import { counter, inTheWay, snapped, trimmed, wordBefore, words } from "../../../annotate/static/annotate/spans/text.js";

const words_of = (text, places) => places.map(({ start, end }) => text.slice(start, end));

test("places are counted in code points, as Python counts them", () => {
  const text = "a🎉b🇩🇪é";
  const { points, units } = counter(text);
  assert.equal(points(text.indexOf("b")), 2);
  assert.equal(units(2), text.indexOf("b"));
  assert.equal(points(text.length), [...text].length);
  for (let point = 0; point <= [...text].length; point += 1) assert.equal(points(units(point)), point);
});

test("a selection grows to whole words and loses the punctuation around them", () => {
  const text = "(Harrow & Finch, of course.)";
  const { start, end } = snapped(text, words(text), 3, 16);
  assert.equal(text.slice(start, end), "Harrow & Finch");
  assert.deepEqual(words_of(text, [snapped(text, words(text), 21, 28)]), ["course"]);
});

test("white space is nothing, and punctuation by itself is kept", () => {
  assert.equal(trimmed("a   b", 1, 4), null);
  assert.deepEqual(trimmed("a ... b", 1, 6), { start: 2, end: 5 });
});

test("a picture is a word, and the word at a place is found", () => {
  const text = "go 🎉 on";
  assert.deepEqual(words(text).map(([start, end]) => text.slice(start, end)), ["go", "🎉", "on"]);
  assert.equal(wordBefore(words(text), 4), 1);
  assert.equal(wordBefore(words(" x"), 0), -1);
});

test("the same string elsewhere is only that where it stands by itself", () => {
  const text = "Ann, Annie, Ann and Joann";
  assert.deepEqual(copies(text, { start: 0, end: 3 }), [{ start: 12, end: 15 }]);
});

test("which spans make way depends on what may overlap", () => {
  const there = [{ start: 0, end: 5, label: "A" }, { start: 8, end: 9, label: "A" }];
  const fresh = { start: 4, end: 7, label: "B" };
  assert.deepEqual(inTheWay(there, fresh, "none"), [there[0]]);
  assert.deepEqual(inTheWay(there, fresh, "labels"), []);
  assert.deepEqual(inTheWay(there, { ...fresh, label: "A" }, "labels"), [there[0]]);
  assert.deepEqual(inTheWay(there, { ...fresh, label: "A" }, "free"), []);
});
