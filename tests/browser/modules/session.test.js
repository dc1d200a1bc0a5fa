import assert from "node:assert/strict";
import { test } from "node:test";

import { Session, median } from "../../../annotate/static/annotate/labelling/session.js";

const lease = (id) => ({ id, item: { id: 100 + id, external_id: `${id}`, text: `text ${id}` }, suggestion: null });
const leases = (...ids) => ids.map(lease);
const sitting = (...ids) => {
  const session = new Session();
  session.give(leases(...ids));
  return session;
};
const ids = (assignments) => assignments.map(({ id }) => id);

test("the first lease is current, the others wait in their order", () => {
  const session = sitting(1, 2, 3);
  assert.equal(session.current.id, 1);
  assert.deepEqual(ids(session.held), [1, 2, 3]);
});

test("a lease that is here already, or was answered here, is left out", () => {
  const session = sitting(1, 2);
  session.give(leases(2, 3, 4), (id) => id === 4);
  assert.deepEqual(ids(session.held), [1, 2, 3]);
});

test("answers are taken back to any depth, each with its former value", () => {
  const session = sitting(1, 2, 3);
  session.settle("answer", "yes", 1);
  session.settle("skip", null);
  session.reopen(session.past.at(-1));
  assert.equal(session.current.id, 2);
  assert.equal(session.former.act, "skip");
  session.reopen(session.past.at(-1));
  assert.equal(session.former.value, "yes");
  assert.deepEqual(ids(session.held), [1, 2, 3]);
  assert.equal(session.past.length, 0);
});

test("what is taken back at the very end is current again", () => {
  const session = sitting(1);
  session.settle("answer", "yes", 1);
  assert.equal(session.view, null);
  session.reopen(session.past[0]);
  assert.deepEqual(ids(session.held), [1]);
});

test("an item that a reviewer sent back leaves the past", () => {
  const session = sitting(1, 2);
  session.settle("answer", "yes", 1);
  session.give(leases(1));
  assert.deepEqual(ids(session.held), [2, 1]);
  assert.equal(session.past.length, 0);
});

test("looking back ends at both ends and changes nothing", () => {
  const session = sitting(1, 2, 3);
  session.settle("answer", "yes", 1);
  session.settle("answer", "no", 1);
  assert.equal(session.look(1), false);
  assert.equal(session.look(-1) && session.view.past.value, "no");
  assert.equal(session.look(-1) && session.view.past.value, "yes");
  assert.equal(session.look(-1), false);
  assert.equal(session.look(1) && session.look(1), true);
  assert.equal(session.view.past, null);
  assert.equal(session.current.id, 3);
});

test("eight items are wanted at a calm pace, fifteen at three a second, never above 24, none while there are plenty", () => {
  const session = new Session();
  assert.equal(session.wanting, 8);
  session.give(leases(1, 2, 3, 4, 5));
  assert.equal(session.wanting, 0);
  session.seconds = [0.34, 0.34, 0.34];
  assert.equal(session.wanting, 10);
  session.seconds = [0.01, 0.01, 0.01];
  assert.equal(session.wanting, 19);
});

test("a new order leaves the next two, what was seen, and what letters speak of", () => {
  const session = sitting(1, 2, 3, 4, 5, 6, 7, 8);
  for (let times = 0; times < 4; times += 1) session.settle("answer", "yes", 1);
  for (let times = 0; times < 4; times += 1) session.reopen(session.past.at(-1));
  assert.deepEqual(session.shed((id) => id === 7), [6, 8]);
  assert.deepEqual(ids(session.held), [1, 2, 3, 4, 5, 7]);
});

test("a lease that ended leaves the items ahead but never the current one", () => {
  const session = sitting(1, 2, 3);
  session.drop(2);
  session.drop(1);
  assert.deepEqual(ids(session.held), [1, 3]);
});

test("an item that is settled leaves the screen, the next one is current, and it is not looked back at", () => {
  const session = sitting(1, 2, 3);
  session.settle("answer", "yes", 1);
  session.reopen(session.past.at(-1));
  session.dismiss(1);
  assert.deepEqual(ids(session.held), [2, 3]);
  assert.deepEqual(session.past, []);
  session.settle("answer", "no", 1);
  session.look(-1);
  session.dismiss(2);
  assert.equal(session.view.assignment.id, 3);
});

test("the median of nothing is nothing", () => {
  assert.equal(median([]), null);
  assert.equal(median([3, 1, 2]), 2);
});
