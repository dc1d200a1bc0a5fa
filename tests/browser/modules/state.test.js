import assert from "node:assert/strict";
import { test } from "node:test";

import { State, median } from "../../../annotate/static/annotate/labelling/state.js";

const lease = (id) => ({ id, item: { id: 100 + id, external_id: `${id}`, text: `text ${id}` }, suggestion: null });
const leases = (...ids) => ids.map(lease);
const working = (...ids) => {
  const state = new State();
  state.give(leases(...ids));
  return state;
};
const ids = (assignments) => assignments.map(({ id }) => id);

test("the first lease is current, the others wait in their order", () => {
  const state = working(1, 2, 3);
  assert.equal(state.current.id, 1);
  assert.deepEqual(ids(state.held), [1, 2, 3]);
});

test("a lease that is here already, or was answered here, is left out", () => {
  const state = working(1, 2);
  state.give(leases(2, 3, 4), (id) => id === 4);
  assert.deepEqual(ids(state.held), [1, 2, 3]);
});

test("answers are taken back to any depth, each with its former value", () => {
  const state = working(1, 2, 3);
  state.settle("answer", "yes", 1);
  state.settle("skip", null);
  state.reopen(state.past.at(-1));
  assert.equal(state.current.id, 2);
  assert.equal(state.former.action, "skip");
  state.reopen(state.past.at(-1));
  assert.equal(state.former.value, "yes");
  assert.deepEqual(ids(state.held), [1, 2, 3]);
  assert.equal(state.past.length, 0);
});

test("what is taken back at the very end is current again", () => {
  const state = working(1);
  state.settle("answer", "yes", 1);
  assert.equal(state.shown, null);
  state.reopen(state.past[0]);
  assert.deepEqual(ids(state.held), [1]);
});

test("an item that a reviewer sent back leaves the past", () => {
  const state = working(1, 2);
  state.settle("answer", "yes", 1);
  state.give(leases(1));
  assert.deepEqual(ids(state.held), [2, 1]);
  assert.equal(state.past.length, 0);
});

test("looking back ends at both ends and changes nothing", () => {
  const state = working(1, 2, 3);
  state.settle("answer", "yes", 1);
  state.settle("answer", "no", 1);
  assert.equal(state.look(1), false);
  assert.equal(state.look(-1) && state.shown.past.value, "no");
  assert.equal(state.look(-1) && state.shown.past.value, "yes");
  assert.equal(state.look(-1), false);
  assert.equal(state.look(1) && state.look(1), true);
  assert.equal(state.shown.past, null);
  assert.equal(state.current.id, 3);
});

test("a page that is merely open wants one item; after the first answer sixty-four more, none while there are plenty", () => {
  const state = new State();
  assert.equal(state.wanting, 1);
  state.give(leases(1));
  assert.equal(state.wanting, 0);
  state.settle("answer", "yes", 1);
  assert.equal(state.wanting, 65);
  state.give(leases(...Array.from({ length: 65 }, (_, place) => place + 2)));
  assert.equal(state.wanting, 0);
  for (let times = 0; times < 4; times += 1) state.settle("answer", "yes", 1);
  assert.equal(state.held.length, 61);
  assert.equal(state.wanting, 0);
  state.settle("answer", "yes", 1);
  assert.equal(state.wanting, 5);
});

test("of long texts and big pictures fewer are wanted: half a million characters, 32 MB", () => {
  const state = new State();
  state.give([{ ...lease(1), item: { id: 1, text: "a".repeat(64 * 1024) } }]);
  state.settle("skip", null);
  assert.equal(state.wanting, 1 + 8);
  const album = new State();
  album.pictureSize = () => 4 * 1024 * 1024;
  album.give([{ ...lease(1), item: { id: 1, image: "/1" } }]);
  album.settle("answer", "yes", 1);
  assert.equal(album.wanting, 1 + 8);
  album.pictureSize = () => 100 * 1024 * 1024;
  assert.equal(album.wanting, 1 + 1);
});

test("a new order leaves the next two, what was seen, and what requests speak of", () => {
  const state = working(1, 2, 3, 4, 5, 6, 7, 8);
  for (let times = 0; times < 4; times += 1) state.settle("answer", "yes", 1);
  for (let times = 0; times < 4; times += 1) state.reopen(state.past.at(-1));
  assert.deepEqual(state.shed((id) => id === 7), [6, 8]);
  assert.deepEqual(ids(state.held), [1, 2, 3, 4, 5, 7]);
});

test("a lease that ended leaves the items ahead but never the current one", () => {
  const state = working(1, 2, 3);
  state.drop(2);
  state.drop(1);
  assert.deepEqual(ids(state.held), [1, 3]);
});

test("an item that is settled leaves the screen, the next one is current, and it is not looked back at", () => {
  const state = working(1, 2, 3);
  state.settle("answer", "yes", 1);
  state.reopen(state.past.at(-1));
  state.dismiss(1);
  assert.deepEqual(ids(state.held), [2, 3]);
  assert.deepEqual(state.past, []);
  state.settle("answer", "no", 1);
  state.look(-1);
  state.dismiss(2);
  assert.equal(state.shown.assignment.id, 3);
});

test("the median of nothing is nothing", () => {
  assert.equal(median([]), null);
  assert.equal(median([3, 1, 2]), 2);
});
