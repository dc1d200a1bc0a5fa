import assert from "node:assert/strict";
import { test } from "node:test";

import { shortcut } from "../../../annotate/static/annotate/keys.js";
import { size } from "../../../annotate/static/annotate/labelling/render.js";
import { openOutbox } from "../../../annotate/static/annotate/labelling/outbox.js";
import { uuid } from "../../../annotate/static/annotate/labelling/api.js";
import { Stopwatch } from "../../../annotate/static/annotate/labelling/state.js";
import { decided } from "../../../annotate/static/annotate/labelling/swipe.js";

const press = (key, code = "", held = {}) => ({
  key,
  code,
  repeat: false,
  isComposing: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

test("keys are known by what they write, else by where they lie", () => {
  assert.equal(shortcut(press("1", "Digit1")), "1");
  assert.equal(shortcut(press("&", "Digit1")), "1", "AZERTY");
  assert.equal(shortcut(press("7", "Numpad7")), "7");
  assert.equal(shortcut(press("U", "KeyU")), "u", "Caps Lock");
  assert.equal(shortcut(press("г", "KeyU")), "u", "Cyrillic");
  assert.equal(shortcut(press("?", "Minus", { shiftKey: true })), "?", "German");
  assert.equal(shortcut(press(" ", "Space")), "Space");
  assert.equal(shortcut(press("Backspace")), "u");
  assert.equal(shortcut(press("F5", "F5")), null);
});

test("a key that is held, or pressed with another, is no shortcut", () => {
  for (const held of [{ repeat: true }, { ctrlKey: true }, { metaKey: true }, { altKey: true }, { shiftKey: true }, { isComposing: true }]) {
    assert.equal(shortcut(press("f", "KeyF", held)), null, Object.keys(held)[0]);
  }
  assert.equal(shortcut(press("z", "KeyZ", { ctrlKey: true })), "u");
  assert.equal(shortcut(press("Z", "KeyZ", { ctrlKey: true, shiftKey: true })), null);
});

test("with single keys off, Alt makes a shortcut", () => {
  assert.equal(shortcut(press("1", "Digit1"), false), null);
  assert.equal(shortcut(press("¡", "Digit1", { altKey: true }), false), "1", "macOS");
});

test("a swipe decides when it is far enough and more across than down", () => {
  assert.equal(decided(-120, 10, 390), -1);
  assert.equal(decided(120, -10, 390), 1);
  assert.equal(decided(60, 0, 390), 0);
  assert.equal(decided(120, 100, 390), 0);
});

test("a stopwatch stands still while nobody looks", () => {
  let now = 0;
  const watch = new Stopwatch(() => now);
  watch.restart();
  now = 1000;
  watch.pause();
  now = 60_000;
  assert.equal(watch.seconds, 1);
  watch.resume();
  now = 60_500;
  assert.equal(watch.seconds, 1.5);
});

test("texts are measured in characters as people count them", () => {
  assert.equal(size("👍".repeat(120)), "short");
  assert.equal(size("👍".repeat(121)), "medium");
  assert.equal(size("a".repeat(601)), "long");
});

test("without a database the outbox lasts as long as the page, and says so", async () => {
  const outbox = await openOutbox();
  await outbox.add({ key: "a" });
  await outbox.add({ key: "b" });
  await outbox.remove({ key: "a" });
  assert.equal(outbox.durable, false);
  assert.deepEqual(await outbox.all(), [{ key: "b" }]);
});

test("a UUID is one of version 4", () => {
  assert.match(uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
