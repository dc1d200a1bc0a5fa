/**
 * The drawer beside the list of items: a click on a row, or Enter, shows its item there; it follows the row in focus, ↑ and
 * ↓ go on, C comments, Escape closes it. Without this script a row leads to the page of its item.
 */

import { belongsTo, shortcut } from "./keys.js";

const drawer = document.getElementById("drawer");
const status = document.getElementById("drawer-status");
const table = document.querySelector(".items tbody");
const links = /** @type {HTMLAnchorElement[]} */ ([...(table?.querySelectorAll(".what .glimpse") ?? [])]);
const singleKeys = !document.getElementById("filters")?.hasAttribute("data-no-single-keys");
const covers = matchMedia("(max-width: 68rem)"); // there the drawer lies over the list, and the focus goes into it
let shown = -1;

table?.addEventListener("click", (event) => {
  const { target, ctrlKey, metaKey, shiftKey, altKey } = /** @type {PointerEvent} */ (event);
  if (!(target instanceof Element) || ctrlKey || metaKey || shiftKey || altKey) return;
  const control = target.closest("a, button, input, label");
  const place = links.findIndex((link) => link.closest("tr")?.contains(target));
  if ((control && control !== links[place]) || !getSelection()?.isCollapsed) return;
  event.preventDefault();
  links[place]?.focus();
  if (shown !== place) show(place);
});

for (const [place, link] of links.entries()) {
  link.addEventListener("focus", () => {
    if (shown >= 0 && shown !== place) show(place);
  });
}

drawer?.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("button") : null;
  if (button?.hasAttribute("data-close")) close();
  else if (button?.dataset["go"]) go(shown + Number(button.dataset["go"]), `[data-go="${button.dataset["go"]}"]`);
});

drawer?.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.hasAttribute("data-comment")) return;
  event.preventDefault();
  comment(form);
});

document.addEventListener("keydown", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (shown < 0 || (event.key !== "Escape" && belongsTo(target, event.key))) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
  if (event.key === "Escape") close();
  else if (step && isPlain) go(shown + step);
  else if (shortcut(event, singleKeys) === "c") commentField()?.focus();
  else return;
  event.preventDefault();
});

/**
 * Show the item of a row, by what the server draws of it.
 * @param {number} place
 * @param {string} control which control of the drawer has the focus where it covers the list
 */
async function show(place, control = "[data-close]") {
  const link = links[place];
  if (!drawer || !link) return;
  shown = place;
  mark();
  const answer = await fetch(`${link.pathname}drawer/`).catch(() => null); // the page says what is wrong
  if (!answer?.ok || answer.redirected) return location.assign(link.href);
  const html = await answer.text();
  if (shown !== place) return;
  drawer.innerHTML = html;
  drawer.hidden = false;
  drawer.scrollTop = 0;
  for (const field of drawer.querySelectorAll("[data-query]")) field.setAttribute("value", location.search);
  if (status) status.textContent = `${drawer.querySelector("h2")?.textContent} is shown beside the list.`;
  link.scrollIntoView({ block: "nearest" });
  if (covers.matches) /** @type {HTMLElement | null} */ (drawer.querySelector(control))?.focus();
}

/** To another row: the drawer follows its focus. @param {number} place @param {string} [control] */
function go(place, control) {
  if (covers.matches) show(place, control);
  else links[place]?.focus();
}

function close() {
  const link = links[shown];
  shown = -1;
  mark();
  if (drawer) drawer.hidden = true;
  if (status) status.textContent = "";
  link?.focus();
}

/** @returns {HTMLInputElement | null | undefined} */
function commentField() {
  return drawer?.querySelector("input[name=text]");
}

/** Mark the row whose item is shown. */
function mark() {
  for (const [place, link] of links.entries()) {
    link.closest("tr")?.toggleAttribute("data-shown", place === shown);
  }
}

/** Send a comment, then show the item with it. @param {HTMLFormElement} form */
async function comment(form) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (answer?.ok) await show(shown);
  else form.submit();
}
