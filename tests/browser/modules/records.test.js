/** The parts of records.js that need no document. */

import assert from "node:assert/strict";
import test from "node:test";

import { addresses, parted, written } from "../../../annotate/static/annotate/labelling/records.js";

test("chosen fields stand first in the order of the choice, the others follow", () => {
  assert.deepEqual(parted(["a", "b", "c", "d"], ["c", "x", "a"]), [["c", "a"], ["b", "d"]]);
});

test("where no field is chosen all stand first", () => {
  assert.deepEqual(parted(["a", "b"], ["x"]), [["a", "b"], []]);
});

test("every second part is an address, without the punctuation behind it", () => {
  assert.deepEqual(addresses("See https://a.example/x?y=1, or (http://b.example)."), ["See ", "https://a.example/x?y=1", ", or (", "http://b.example", ")."]);
  assert.deepEqual(addresses("javascript:alert(1) http:// ftp://a.example"), ["javascript:alert(1) http:// ftp://a.example"]);
});

test("a list of texts is numbered lines, anything else that is no text is JSON", () => {
  assert.equal(written(["one", "two"]), "1. one\n2. two");
  assert.deepEqual([written("text"), written([1, "a"]), written([]), written({ a: 1 })], ["text", '[1,"a"]', "[]", '{"a":1}']);
});
