import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { draftOf, keepDraft } from "../../../annotate/static/annotate/labelling/drafts.js";

beforeEach(() => {
  const stored = new Map();
  globalThis.localStorage = { getItem: (key) => stored.get(key) ?? null, setItem: (key, text) => void stored.set(key, text) };
});

test("a draft is there again until the item is answered", () => {
  keepDraft(7, [{ start: 0, end: 3 }]);
  keepDraft(8, ["dog"]);
  assert.deepEqual(draftOf(7), [{ start: 0, end: 3 }]);
  keepDraft(7, undefined);
  assert.equal(draftOf(7), undefined);
  assert.deepEqual(draftOf(8), ["dog"]);
});

test("old drafts make room, and a browser that keeps nothing is no error", () => {
  for (let id = 0; id < 30; id += 1) keepDraft(id, id);
  assert.equal(draftOf(0), undefined);
  assert.equal(draftOf(29), 29);
  globalThis.localStorage = { getItem: () => "broken", setItem: () => { throw new Error("full"); } };
  keepDraft(1, "a");
  assert.equal(draftOf(1), undefined);
});
