import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Delivery, fate, patience } from "../../../annotate/static/annotate/labelling/delivery.js";

const letter = (key, item = key) => ({ key, item });
const soon = () => new Promise((resolve) => setImmediate(resolve));

/** A server that answers each letter when told: `server.answer("a", "arrived")`. */
function made() {
  const waiting = new Map();
  const sent = [];
  const send = (one) => new Promise((resolve) => (sent.push(one.key), waiting.set(one.key, resolve)));
  const answer = async (key, outcome) => (waiting.get(key)(outcome), await soon());
  return { delivery: new Delivery(send, () => {}), sent, answer };
}

test("letters about different items go at once, four at a time", async () => {
  const { delivery, sent, answer } = made();
  delivery.take(..."abcde".split("").map((key) => letter(key)));
  delivery.go();
  assert.deepEqual(sent, ["a", "b", "c", "d"]);
  await answer("b", "arrived");
  assert.deepEqual(sent, ["a", "b", "c", "d", "e"]);
  assert.equal(delivery.letters.length, 4);
});

test("letters about one item keep their order", async () => {
  const { delivery, sent, answer } = made();
  delivery.take(letter("answer", 1), letter("undo", 1), letter("other", 2));
  delivery.go();
  assert.deepEqual(sent, ["answer", "other"]);
  await answer("answer", "arrived");
  assert.deepEqual(sent, ["answer", "other", "undo"]);
});

test("a letter that did not arrive is sent again, later and later, and nothing overtakes it", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { delivery, sent, answer } = made();
  delivery.take(letter("a", 1), letter("b", 1));
  delivery.go();
  await answer("a", "later");
  assert.equal(delivery.trouble, "offline");
  mock.timers.tick(249);
  assert.deepEqual(sent, ["a"]);
  mock.timers.tick(1);
  await answer("a", "later");
  mock.timers.tick(499);
  assert.deepEqual(sent, ["a", "a"]);
  mock.timers.tick(1);
  await answer("a", "arrived");
  assert.equal(delivery.trouble, null);
  assert.deepEqual(sent, ["a", "a", "a", "b"]);
  mock.timers.reset();
});

test("without a session nothing is sent for seconds, unless somebody wakes us", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { delivery, sent, answer } = made();
  delivery.take(letter("a"));
  delivery.go();
  await answer("a", "logged out");
  assert.equal(delivery.trouble, "logged out");
  delivery.go();
  mock.timers.tick(4999);
  assert.deepEqual(sent, ["a"]);
  mock.timers.tick(1);
  assert.deepEqual(sent, ["a", "a"]);
  await answer("a", "logged out");
  mock.timers.tick(9999);
  assert.deepEqual(sent, ["a", "a"]);
  delivery.wake();
  assert.equal(delivery.trouble, "logged out");
  await answer("a", "arrived");
  assert.equal(delivery.trouble, null);
  mock.timers.reset();
});

test("a refused letter does not stop the others", async () => {
  const { delivery, answer } = made();
  delivery.take(letter("bad"), letter("good"));
  delivery.go();
  await answer("bad", "refused");
  await answer("good", "arrived");
  assert.deepEqual(delivery.refused.map(({ key }) => key), ["bad"]);
  assert.equal(delivery.letters.length, 0);
});

test("a status says what becomes of a letter", () => {
  const fates = { 0: "later", 200: "arrived", 204: "arrived", 400: "refused", 401: "logged out", 403: "logged out" };
  for (const [status, expected] of Object.entries({ ...fates, 404: "refused", 409: "refused", 429: "later", 503: "later" })) {
    assert.equal(fate(Number(status)), expected, status);
  }
});

test("patience grows from a quarter of a second to eight, from five seconds to a minute where somebody must log in", () => {
  const waits = (trouble) => [1, 2, 3, 6, 5000].map((failures) => patience(failures, trouble));
  assert.deepEqual(waits("offline"), [250, 500, 1000, 8000, 8000]);
  assert.deepEqual(waits("logged out"), [5000, 10_000, 20_000, 60_000, 60_000]);
  assert.deepEqual(waits("no access"), waits("logged out"));
});
