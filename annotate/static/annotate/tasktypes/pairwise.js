/** Which of two candidates is better: choosing it, or pressing its card, is the answer. */

import { showCandidates } from "../candidates.js";
import { start } from "../labelling/main.js";

const panel = /** @type {HTMLFieldSetElement} */ (document.querySelector("#choices"));
const radios = /** @type {HTMLInputElement[]} */ ([...panel.querySelectorAll("[type=radio]")]);
const radioOf = (/** @type {unknown} */ value) => radios.find((radio) => radio.value === value);
/** @type {Record<string, string>} */
const KEYS = { ArrowLeft: "left", ArrowRight: "right", "=": "tie" };
const NAMES = new Map([["left", "the first"], ["right", "the second"], ["tie", "a tie"]]); // prettier-ignore
let singleKeys = true;

start({
  goesOn: true,
  missing: "Choose the better one first.",
  mount(tools) {
    ({ singleKeys } = tools);
  },
  show(node, item, { editable }) {
    const cards = showCandidates(node, item, panel.dataset["field"] ?? "");
    cards.forEach((card, number) => {
      card.disabled = !editable;
      card.addEventListener("click", () => radioOf(number ? "right" : "left")?.click());
    });
  },
  read: () => radios.find((radio) => radio.checked)?.value,
  write(value) {
    for (const radio of radios) radio.checked = radio.value === value;
  },
  key(event) {
    if (event.repeat || event.ctrlKey || event.metaKey) return false;
    const radio = event.altKey === singleKeys ? undefined : radioOf(KEYS[event.key]);
    radio?.click();
    return radio !== undefined;
  },
  labelsIn: (value) => (typeof value === "string" ? [value] : []),
  describe: (value) => NAMES.get(String(value)) ?? "",
});
