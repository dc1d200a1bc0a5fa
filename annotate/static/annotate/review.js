/** Reviewing by keys: A accepts, C corrects, S sends back, ↑ ↓ choose among the answers, ← → go back and on. */

import { belongsTo, shortcut } from "./keys.js";

const page = document.querySelector("[data-review]");
const groups = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-group]")]);

/** The answers that keys are about; none when nobody has answered. @returns {HTMLElement | undefined} */
function current() {
  return groups.find((group) => group.ariaCurrent === "true") ?? groups[0];
}

/** @param {HTMLElement | undefined} group */
function choose(group) {
  if (!group) return;
  for (const other of groups) other.ariaCurrent = other === group ? "true" : null;
  group.focus();
}

/** Whether it was one of the keys that choose among the answers. @param {KeyboardEvent} press */
function moved(press) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[press.key];
  if (!step || press.repeat || press.altKey || press.ctrlKey || press.metaKey) return false;
  const place = groups.findIndex((group) => group === current());
  choose(groups[Math.min(groups.length - 1, Math.max(0, place + step))]);
  return true;
}

/** @param {string} key */
function press(key) {
  const selector = `[data-hotkey="${key}"]`;
  const control = current()?.querySelector(selector) ?? page?.querySelector(selector);
  if (!(control instanceof HTMLElement)) return false;
  control.click();
  const opened = control.parentElement;
  if (opened instanceof HTMLDetailsElement && opened.open) {
    /** @type {HTMLElement | null} */ (opened.querySelector("input:not([type=hidden])"))?.focus();
  }
  return true;
}

for (const group of groups) group.addEventListener("focusin", () => current() === group || choose(group));

if (page instanceof HTMLElement) {
  document.addEventListener("keydown", (event) => {
    const key = shortcut(event, !("noSingleKeys" in page.dataset));
    const target = event.target instanceof Element ? event.target : null;
    if (belongsTo(target, event.key) || target?.closest("input")) return;
    if (moved(event) || (key && press(key))) event.preventDefault();
  });
}
