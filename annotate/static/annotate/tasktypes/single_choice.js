/** One label per item: choosing it is the answer. */

import { start } from "../labelling/main.js";

const panel = /** @type {HTMLFieldSetElement} */ (document.querySelector("#choices"));
const inputs = new Map(Array.from(panel.querySelectorAll("input"), (input) => [input.value, input]));

start({
  goesOn: true,
  read: () => panel.querySelector("input:checked")?.getAttribute("value") ?? undefined,
  write(value) {
    for (const input of panel.querySelectorAll("input:checked")) /** @type {HTMLInputElement} */ (input).checked = false;
    const chosen = inputs.get(String(value));
    if (chosen) chosen.checked = true;
  },
  labelsIn: (value) => (typeof value === "string" ? [value] : []),
  describe: String,
});
