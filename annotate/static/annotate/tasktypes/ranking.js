/** A ranking per item: candidates are chosen the best first, and moved in their order by keys, pointer and finger. */

import { showCandidates } from "../candidates.js";
import { start } from "../labelling/main.js";

const panel = /** @type {HTMLFieldSetElement} */ (document.querySelector("#choices"));
const list = /** @type {HTMLOListElement} */ (panel.querySelector("[data-ranking]"));
const note = /** @type {HTMLElement} */ (panel.querySelector("[data-suggestion]"));
/** The numbers of the candidates, the best first. @type {number[]} */
let ranking = [];
/** The rankings before each change. @type {number[][]} */
let steps = [];
/** @type {HTMLButtonElement[]} */
let cards = [];
/** The candidate that arrow keys are about. @type {number | undefined} */
let selected;
/** @type {number[]} */
let suggested = [];
let [editable, singleKeys, changed, announce] = [true, true, () => {}, (/** @type {string} */ _) => {}];

const describe = (/** @type {unknown} */ value) => (Array.isArray(value) ? value.map((number) => number + 1).join(", ") : "");

function paint() {
  cards.forEach((card, number) => {
    const place = ranking.indexOf(number);
    card.toggleAttribute("data-placed", place >= 0);
    /** @type {Element} */ (card.lastElementChild).textContent = place < 0 ? "" : `${place + 1}.`;
  });
  const hadFocus = list.contains(document.activeElement);
  list.replaceChildren(...ranking.map(chip));
  if (hadFocus) /** @type {HTMLElement | null} */ (list.querySelector("[aria-current]"))?.focus();
}

/** @param {number} number @param {number} place */
function chip(number, place) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button ranked", disabled: !editable });
  button.dataset["candidate"] = String(number);
  const words = cards[number]?.querySelector(".candidate-text")?.textContent ?? "";
  button.textContent = `${place + 1}. ${number + 1}: ${words.slice(0, 24)}${words.length > 24 ? "…" : ""}`;
  if (number === selected) button.ariaCurrent = "true";
  const row = document.createElement("li");
  row.append(button);
  return row;
}

/** @param {number[]} next @param {number} [about] the candidate that was moved */
function change(next, about) {
  steps.push(ranking);
  ranking = next;
  selected = about;
  paint();
  changed();
  announce(`Best first: ${describe(ranking)}`);
}

/** The next best; the last that is left follows by itself. @param {number} number */
function choose(number) {
  if (!editable || number >= cards.length) return;
  selected = number;
  if (ranking.includes(number)) return paint();
  const next = [...ranking, number];
  const remaining = cards.map((_, other) => other).filter((other) => !next.includes(other));
  change(remaining.length === 1 ? [...next, ...remaining] : next, number);
}

/** Put the selected candidate at another place. @param {number} place */
function move(place) {
  if (!editable || selected === undefined || !ranking.includes(selected) || place < 0 || place >= ranking.length) return;
  if (ranking[place] === selected) return;
  const others = ranking.filter((number) => number !== selected);
  change([...others.slice(0, place), selected, ...others.slice(place)], selected);
}

/** @param {number} step @param {boolean} moves */
function arrow(step, moves) {
  const place = selected === undefined ? -1 : ranking.indexOf(selected);
  if (moves) return move(place + step);
  selected = ranking[Math.min(ranking.length - 1, Math.max(0, place + step))];
  paint();
}

/** @param {import("../labelling/main.js").Suggestion | null} suggestion */
function suggest(suggestion) {
  suggested = Array.isArray(suggestion?.value) ? suggestion.value : [];
  note.hidden = !suggested.length;
  /** @type {Element} */ (note.firstElementChild).textContent = `The model says ${describe(suggested)}`;
}

const candidateOf = (/** @type {EventTarget | null} */ target) => {
  const button = target instanceof Element ? target.closest("[data-candidate]") : null;
  return button instanceof HTMLElement && list.contains(button) ? Number(button.dataset["candidate"]) : undefined;
};

function listen() {
  let dragging = false;
  note.querySelector("button")?.addEventListener("click", () => editable && change([...suggested]));
  list.addEventListener("focusin", ({ target }) => (selected = candidateOf(target) ?? selected));
  list.addEventListener("pointerdown", (event) => {
    const number = candidateOf(event.target);
    if (number === undefined) return;
    selected = number;
    dragging = true;
    list.setPointerCapture(event.pointerId); // the buttons are made anew with each move
    paint();
  });
  list.addEventListener("pointermove", ({ clientX, clientY }) => {
    const over = dragging ? candidateOf(document.elementFromPoint(clientX, clientY)) : undefined;
    if (over !== undefined) move(ranking.indexOf(over));
  });
  for (const end of ["pointerup", "pointercancel"]) list.addEventListener(end, () => (dragging = false));
}

start({
  goesOn: false,
  missing: "Rank all candidates first, the best one first.",
  mount(tools) {
    ({ singleKeys, changed, announce } = tools);
    panel.querySelector("[data-typed]")?.remove();
    listen();
  },
  show(node, item, about) {
    editable = about.editable;
    cards = showCandidates(node, item, panel.dataset["field"] ?? "");
    cards.forEach((card, number) => card.addEventListener("click", () => choose(number)));
    suggest(about.suggestion);
    paint();
  },
  reveal: suggest,
  read: () => (ranking.length > 1 && ranking.length === cards.length ? ranking : undefined),
  draft: () => ranking,
  write(value) {
    ranking = Array.isArray(value) ? value : [];
    steps = [];
    selected = undefined;
  },
  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && ranking.length && !event.ctrlKey && !event.metaKey) return (arrow(step, event.shiftKey || event.altKey), true);
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] ?? /^\d$/.exec(event.key)?.[0];
    if (!digit || event.repeat || event.ctrlKey || event.metaKey || event.altKey === singleKeys) return false;
    choose((Number(digit) + 9) % 10);
    return true;
  },
  undo() {
    const before = steps.pop();
    if (before) ranking = before;
    if (before) paint();
    if (before) changed();
    return before !== undefined;
  },
  unfinished: () => (steps.length ? "the ranking" : ""),
  labelsIn: () => [],
  describe,
});
