import assert from "node:assert/strict";
import { test } from "node:test";

import { waiting } from "../../../annotate/static/annotate/labelling/others.js";

test("what waits on this device is counted per person, and one is one", () => {
  const requests = [{ name: "abe" }, { name: "rita" }, { name: "abe" }, {}];
  assert.deepEqual(waiting(requests), [
    "2 answers of abe wait on this device until abe logs in.",
    "1 answer of rita waits on this device until rita logs in.",
    "1 answer of somebody else waits on this device until somebody else logs in.",
  ]);
});
