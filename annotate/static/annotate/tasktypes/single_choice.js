/** One label per item: choosing it is the answer. */

import { start } from "../labelling/main.js";

const panel = /** @type {HTMLFieldSetElement} */ (document.querySelector("#choices"));

start({
  goesOn: true,
  read: () => panel.querySelector("input:checked")?.getAttribute("value") ?? undefined,
  write(value) {
    for (const input of panel.querySelectorAll("input")) input.checked = input.value === value;
  },
  labelsIn: (value) => (typeof value === "string" ? [value] : []),
  describe: String,
});
