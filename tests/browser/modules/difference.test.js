import assert from "node:assert/strict";
import { test } from "node:test";

import { difference } from "../../../annotate/static/annotate/difference.js";

const changesOf = (before, after) => difference(before, after).map(({ kind, text }) => `${{ same: "=", added: "+", removed: "-" }[kind]}${text}`);

test("words that were added, removed and replaced are found", () => {
  assert.deepEqual(changesOf("the cat sat", "the cat sat"), ["=the cat sat"]);
  assert.deepEqual(changesOf("the cat sat", "the old cat sat"), ["=the ", "+old ", "=cat sat"]);
  assert.deepEqual(changesOf("the old cat sat", "the cat sat"), ["=the ", "-old ", "=cat sat"]);
  assert.deepEqual(changesOf("a b c", "a x c"), ["=a ", "-b ", "+x ", "=c"]);
  assert.deepEqual(changesOf("", "new"), ["+new"]);
});

test("both texts can be read from the changes, whatever they are", () => {
  const dice = (n) => Array.from({ length: n }, () => "abcd 🎈\n"[Math.floor(Math.random() * 7)] ?? "").join("");
  for (let round = 0; round < 200; round += 1) {
    const [before, after] = [dice(30), dice(30)];
    const changes = difference(before, after);
    const without = (kind) => changes.filter((change) => change.kind !== kind).map(({ text }) => text).join("");
    assert.equal(without("added"), before);
    assert.equal(without("removed"), after);
  }
});
