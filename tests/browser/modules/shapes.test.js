import assert from "node:assert/strict";
import { test } from "node:test";

import { apart, area, bounds, sides, within } from "../../../annotate/static/annotate/shapes/geometry.js";
import { cellOf } from "../../../annotate/static/annotate/shapes/cells.js";
import { simplified } from "../../../annotate/static/annotate/shapes/freehand.js";
import { accept, copy, move } from "../../../annotate/static/annotate/shapes/changes.js";
import { contains } from "../../../annotate/static/annotate/shapes/under.js";
import { Model } from "../../../annotate/static/annotate/shapes/model.js";
import { moved, nearestSide } from "../../../annotate/static/annotate/shapes/moving.js";

const square = [[0, 0], [10, 0], [10, 10], [0, 10]];
const boxes = {
  key: "box",
  closed: true,
  outline: ([x0, y0, x1, y1]) => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]],
  valid: ([x0, y0, x1, y1]) => x1 > x0 && y1 > y0,
};

function model(value, suggestion) {
  const drawing = new Model(boxes, () => {});
  drawing.label = "car";
  drawing.begin([100, 50], value, suggestion);
  return drawing;
}

test("a place is moved as far as the picture goes", () => {
  assert.deepEqual(moved([10, 10, 20, 20], [-50, 3], bounds4(10, 10, 20, 20), [100, 50]), [0, 13, 10, 23]);
  assert.deepEqual(moved([[90, 40]], [50, 50], [[90, 40]], [100, 50]), [[100, 50]]);
  assert.deepEqual(moved({ nose: [90, 40, 2], tail: [95, 10, 1] }, [50, -3], [[90, 40], [95, 10]], [100, 50]), { nose: [95, 37, 2], tail: [100, 7, 1] });
  assert.deepEqual(within([-3, 77.77], [100, 50]), [0, 50]);
});

const bounds4 = (x0, y0, x1, y1) => [[x0, y0], [x1, y1]];

test("what is inside, how large, and how far from a side", () => {
  assert.equal(contains(square, [5, 5]), true);
  assert.equal(contains(square, [15, 5]), false);
  assert.equal(area(square), 100);
  assert.deepEqual(bounds(square), [0, 0, 10, 10]);
  assert.equal(apart([[0, 0], [10, 0]], [5, 3]), 3);
  assert.deepEqual(nearestSide(sides(square, true), [-1, 5]), { side: 3, distance: 1 });
  assert.deepEqual(nearestSide(sides([[4, 4]], false), [4, 7]), { side: 0, distance: 3 });
});

test("a line drawn freehand keeps its corners and loses the rest", () => {
  const line = [[0, 0], [3, 0.2], [6, -0.2], [10, 0], [10.2, 4], [10, 10]];
  assert.deepEqual(simplified(line, 1), [[0, 0], [10, 0], [10, 10]]);
});

test("cells halve both sides twice", () => {
  assert.deepEqual(cellOf([0, 0, 400, 200], 6), [200, 50, 300, 100]);
});

test("a change is taken back, many of a held key at once", () => {
  const shapes = model(undefined);
  assert.equal(shapes.add([10, 10, 20, 20]), true);
  assert.equal(shapes.add([10, 10, 10, 20]), false);
  move(shapes, [1, 0]);
  move(shapes, [1, 0], true);
  assert.deepEqual(shapes.value, [{ box: [12, 10, 22, 20], label: "car" }]);
  shapes.undo();
  assert.deepEqual(shapes.value, [{ box: [10, 10, 20, 20], label: "car" }]);
  shapes.undo();
  assert.deepEqual(shapes.value, []);
  assert.equal(shapes.undo(), false);
});

test("a suggestion is no answer until it is accepted or edited, and says what it was", () => {
  const suggestion = [{ box: [1, 1, 9, 9], label: "car", probability: 0.9 }, { box: [20, 1, 29, 9], label: "bus" }];
  const shapes = model(undefined, suggestion);
  assert.deepEqual(shapes.value, []);
  accept(shapes, 0);
  assert.equal(shapes.selected, 1);
  move(shapes, [1, 1]);
  assert.deepEqual(shapes.draft.map(({ origin }) => origin), ["accepted", "edited"]);
  copy(shapes, shapes.shapes);
  assert.deepEqual(shapes.draft.map(({ origin }) => origin), ["accepted", "edited", "repeated", "repeated"]);
  assert.deepEqual(model(shapes.draft).draft, shapes.draft);
});
