/**
 * Choosing items of the list: all on the page, a range by Shift, and how many are chosen. Without this script each box
 * is ticked by itself. The key / goes to the field for words, J and K to the next row and the one before, X ticks its box.
 */

import { belongsTo, shortcut } from "./keys.js";

const boxes = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll('input[name="ids"]')]);
const all = /** @type {HTMLInputElement | null} */ (document.getElementById("all-here"));
const everything = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="everything"]'));
const count = document.getElementById("chosen-count");
let last = -1;

all?.addEventListener("change", () => {
  for (const box of boxes) box.checked = all.checked;
  show();
});
everything?.addEventListener("change", show);
document.getElementById("bulk")?.addEventListener("reset", () => setTimeout(show));

for (const [place, box] of boxes.entries()) {
  box.addEventListener("click", ({ shiftKey }) => {
    if (shiftKey && last >= 0) {
      const [from, to] = [Math.min(last, place), Math.max(last, place)];
      for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
    }
    last = place;
    show();
  });
}

/** Say how many are chosen. */
function show() {
  const chosen = boxes.filter((box) => box.checked).length;
  if (all) {
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  if (count) count.textContent = everything?.checked ? "All chosen" : `${chosen} chosen`;
}

// One menu of the bar is open at a time, and none when one clicks elsewhere.
const menus = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll(".bar-menu, .columns-menu")]);
document.addEventListener("click", ({ target }) => {
  for (const menu of menus) if (!(target instanceof Node && menu.contains(target))) menu.open = false;
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") for (const menu of menus) menu.open = false;
});

const filters = document.getElementById("filters");
const words = /** @type {HTMLInputElement | null | undefined} */ (filters?.querySelector('input[name="search"]'));
const singleKeys = !filters?.hasAttribute("data-no-single-keys");
const rows = /** @type {HTMLTableRowElement[]} */ ([...document.querySelectorAll(".items tbody tr")]);

document.addEventListener("keydown", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (belongsTo(target, event.key)) return;
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && event.altKey !== singleKeys) words?.select();
  else if (!moved(shortcut(event, singleKeys), target)) return;
  event.preventDefault();
});

/** Whether it was a key of the rows. @param {string | null} key @param {Element | null} target */
function moved(key, target) {
  const place = rows.findIndex((row) => row.contains(target));
  if (key === "j") go(place + 1);
  else if (key === "k") go(Math.max(0, place - 1));
  else if (key === "x") boxes[place]?.click();
  else return false;
  return true;
}

/** @param {number} place */
function go(place) {
  const link = /** @type {HTMLElement | null | undefined} */ (rows[place]?.querySelector(".glimpse"));
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
}

show();
