import assert from "node:assert/strict";
import { test } from "node:test";

import { Marks, neighbour, quantile } from "../../../annotate/static/annotate/verify/page.js";

const tiles = (/** @type {number[]} */ ...probabilities) =>
  probabilities.map((probability, place) => ({ place, probability, item: { id: place, external_id: "" }, marked: false, label: null }));

test("what is not marked is accepted", () => {
  const marks = new Marks({ id: 1, label: "3", caution: 1, tiles: tiles(0.9, 0.9, 0.9) });
  marks.set(0, "9");
  marks.toggle(1);
  assert.deepEqual([marks.accepted, marks.relabelled, marks.crossed], [1, 1, 1]);
  marks.toggle(1);
  marks.set(0, "3");
  assert.deepEqual([marks.accepted, marks.relabelled, marks.crossed], [3, 0, 0]);
});

test("a page that was taken back has its marks", () => {
  const [first, second] = tiles(0.9, 0.9);
  const marks = new Marks({ id: 1, label: "3", caution: 1, tiles: [{ ...first, marked: true, label: "9" }, second] });
  assert.deepEqual([...marks.wrong], [[0, "9"]]);
});

test("marked tiles are no longer expected to be wrong", () => {
  const marks = new Marks({ id: 1, label: "3", caution: 1, tiles: tiles(0.5, 0.98, 0.98) });
  assert.equal(marks.expected.mean.toFixed(2), "0.54");
  marks.toggle(0);
  assert.equal(marks.expected.mean.toFixed(2), "0.04");
});

test("caution widens the interval upwards alone", () => {
  const page = { id: 1, label: "3", caution: 1, tiles: tiles(...Array(24).fill(0.95)) };
  const plain = new Marks(page).expected;
  const cautious = new Marks({ ...page, caution: 3 }).expected;
  assert.equal(cautious.mean, plain.mean);
  assert.equal(cautious.low, plain.low);
  assert.ok(cautious.high > plain.high);
});

test("quantiles are those of the binomial distribution where all chances are the same", () => {
  const chances = Array(20).fill(0.5);
  assert.deepEqual([quantile(chances, 0.025), quantile(chances, 0.5), quantile(chances, 0.975)], [6, 10, 14]);
  assert.equal(quantile([], 0.975), 0);
  assert.equal(quantile([1, 1], 0.025), 2);
});

test("arrow keys stay on the page", () => {
  assert.equal(neighbour(0, "ArrowLeft", 8, 24), 0);
  assert.equal(neighbour(0, "ArrowDown", 8, 24), 8);
  assert.equal(neighbour(20, "ArrowDown", 8, 24), 20);
  assert.equal(neighbour(7, "ArrowRight", 8, 24), 8);
});
