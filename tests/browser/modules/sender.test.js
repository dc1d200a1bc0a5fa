import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { backoff, outcomeOf } from "../../../annotate/static/annotate/labelling/api.js";
import { Sender } from "../../../annotate/static/annotate/labelling/sender.js";

const request = (key, item = key) => ({ key, item });
const soon = () => new Promise((resolve) => setImmediate(resolve));

/** A server that answers each request when the test says so: `server.answer("a", "arrived")`. */
function senderAndServer() {
  const waiting = new Map();
  const sent = [];
  const send = (message) => new Promise((resolve) => (sent.push(message.key), waiting.set(message.key, resolve)));
  const answer = async (key, outcome) => (waiting.get(key)(outcome), await soon());
  return { sender: new Sender(send, () => {}), sent, answer };
}

test("requests about different items go at once, four at a time", async () => {
  const { sender, sent, answer } = senderAndServer();
  sender.take(..."abcde".split("").map((key) => request(key)));
  sender.go();
  assert.deepEqual(sent, ["a", "b", "c", "d"]);
  await answer("b", "arrived");
  assert.deepEqual(sent, ["a", "b", "c", "d", "e"]);
  assert.equal(sender.requests.length, 4);
});

test("requests about one item keep their order", async () => {
  const { sender, sent, answer } = senderAndServer();
  sender.take(request("answer", 1), request("undo", 1), request("other", 2));
  sender.go();
  assert.deepEqual(sent, ["answer", "other"]);
  await answer("answer", "arrived");
  assert.deepEqual(sent, ["answer", "other", "undo"]);
});

test("a request that did not arrive is sent again, later and later, and nothing overtakes it", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { sender, sent, answer } = senderAndServer();
  sender.take(request("a", 1), request("b", 1));
  sender.go();
  await answer("a", "later");
  assert.equal(sender.trouble, "offline");
  mock.timers.tick(249);
  assert.deepEqual(sent, ["a"]);
  mock.timers.tick(1);
  await answer("a", "later");
  mock.timers.tick(499);
  assert.deepEqual(sent, ["a", "a"]);
  mock.timers.tick(1);
  await answer("a", "arrived");
  assert.equal(sender.trouble, null);
  assert.deepEqual(sent, ["a", "a", "a", "b"]);
  mock.timers.reset();
});

test("without a state nothing is sent for seconds, unless somebody wakes us", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { sender, sent, answer } = senderAndServer();
  sender.take(request("a"));
  sender.go();
  await answer("a", "logged out");
  assert.equal(sender.trouble, "logged out");
  sender.go();
  mock.timers.tick(4999);
  assert.deepEqual(sent, ["a"]);
  mock.timers.tick(1);
  assert.deepEqual(sent, ["a", "a"]);
  await answer("a", "logged out");
  mock.timers.tick(9999);
  assert.deepEqual(sent, ["a", "a"]);
  sender.wake();
  assert.equal(sender.trouble, "logged out");
  await answer("a", "arrived");
  assert.equal(sender.trouble, null);
  mock.timers.reset();
});

test("a refused request does not stop the others", async () => {
  const { sender, answer } = senderAndServer();
  sender.take(request("bad"), request("good"));
  sender.go();
  await answer("bad", "refused");
  await answer("good", "arrived");
  assert.deepEqual(sender.refused.map(({ key }) => key), ["bad"]);
  assert.equal(sender.requests.length, 0);
});

test("a status says what becomes of a request", () => {
  const outcomes = { 0: "later", 200: "arrived", 204: "arrived", 400: "refused", 401: "logged out", 403: "logged out" };
  for (const [status, expected] of Object.entries({ ...outcomes, 404: "refused", 409: "refused", 429: "later", 503: "later" })) {
    assert.equal(outcomeOf(Number(status)), expected, status);
  }
});

test("backoff grows from a quarter of a second to eight, from five seconds to a minute where somebody must log in", () => {
  const waits = (trouble) => [1, 2, 3, 6, 5000].map((failures) => backoff(failures, trouble));
  assert.deepEqual(waits("offline"), [250, 500, 1000, 8000, 8000]);
  assert.deepEqual(waits("logged out"), [5000, 10_000, 20_000, 60_000, 60_000]);
  assert.deepEqual(waits("no access"), waits("logged out"));
});
