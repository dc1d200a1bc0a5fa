/** A rating per item: on a short scale choosing its button is the answer; on a long one a slider and a number say it. */

import { start } from "../labelling/main.js";

const panel = /** @type {HTMLFieldSetElement} */ (document.querySelector("#choices"));
const slider = /** @type {HTMLInputElement | null} */ (panel.querySelector("[type=range]"));
const number = /** @type {HTMLInputElement | null} */ (panel.querySelector("[type=number]"));
const radios = /** @type {HTMLInputElement[]} */ ([...panel.querySelectorAll("[type=radio]")]);
/** Steps of the slider by key; all of them are those to its end. @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -1e4, End: 1e4 };
let singleKeys = true;
let changed = () => {};

const read = () => {
  const text = number ? number.value : radios.find((radio) => radio.checked)?.value;
  return text ? Number(text) : undefined;
};

/** The slider stands where the number says; in the middle, and pale, where it says nothing. */
function follow() {
  slider?.toggleAttribute("data-unset", !number?.value);
  if (slider) slider.value = number?.value || String((Number(slider.min) + Number(slider.max)) / 2);
}

/** The number says what the slider does. */
function take() {
  if (number && slider) number.value = slider.value;
  follow();
  changed();
}

/** @param {number} steps */
function move(steps) {
  if (!number || !slider) return;
  if (!number.value) return take();
  if (steps > 0) number.stepUp(steps);
  else number.stepDown(-steps);
  follow();
  changed();
}

/** @param {import("../labelling/main.js").Suggestion | null} suggestion */
function suggest(suggestion) {
  const note = panel.querySelector("[data-suggestion]");
  if (note) note.textContent = typeof suggestion?.value === "number" ? `The model says ${describe(suggestion.value)}` : "";
}

/** The button nearest to a value, which may lie between two. @param {unknown} value */
function nearest(value) {
  const away = (/** @type {HTMLInputElement} */ radio) => Math.abs(Number(radio.value) - Number(value));
  const [first] = typeof value === "number" ? [...radios].sort((a, b) => away(a) - away(b)) : [];
  return first ? [first.value] : [];
}

/** As its button says it, else with two decimals. @param {unknown} value */
function describe(value) {
  return nearest(value)[0] ?? String(Math.round(100 * Number(value)) / 100);
}

start({
  goesOn: !slider,
  missing: "Choose a rating first.",
  mount(tools) {
    ({ changed, singleKeys } = tools);
    number?.addEventListener("input", () => (follow(), changed()));
    slider?.addEventListener("input", take);
    slider?.addEventListener("click", () => {
      take(); // a click where it stands already moves nothing
      slider.blur(); // so that keys are the screen's again
    });
  },
  show: (node, item, { suggestion }) => suggest(suggestion),
  reveal: suggest,
  read,
  write(value) {
    for (const radio of radios) radio.checked = radio.value === String(value);
    if (number) number.value = typeof value === "number" ? String(value) : "";
    follow();
  },
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey === singleKeys) return false;
    const steps = STEPS[event.key];
    if (slider && steps) return (move(event.shiftKey ? 10 * steps : steps), true);
    if (slider && /^[-.0-9]$/.test(event.key)) number?.focus(); // what is typed goes there
    const digit = event.shiftKey && /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    const half = digit && !event.repeat && panel.querySelector(`[data-hotkey="Shift+${digit}"] input`);
    if (half instanceof HTMLInputElement) half.click();
    return half instanceof HTMLInputElement;
  },
  unfinished: () => (number?.value ? "the rating" : ""),
  labelsIn: nearest,
  describe,
});
