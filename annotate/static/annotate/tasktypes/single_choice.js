/** One label per item: choosing it is the answer. */

import { start } from "../labelling/main.js";

const panel = /** @type {HTMLFieldSetElement} */ (document.querySelector("#choices"));
const inputOf = (/** @type {string} */ label) =>
  /** @type {HTMLInputElement | null} */ (panel.querySelector(`input[value="${CSS.escape(label)}"]`));

start({
  goesOn: true,
  read: () => panel.querySelector("input:checked")?.getAttribute("value") ?? undefined,
  write(value) {
    for (const input of panel.querySelectorAll("input:checked")) /** @type {HTMLInputElement} */ (input).checked = false;
    const chosen = inputOf(String(value));
    if (chosen) chosen.checked = true;
  },
  labelsIn: (value) => (typeof value === "string" ? [value] : []),
  describe: String,
});
