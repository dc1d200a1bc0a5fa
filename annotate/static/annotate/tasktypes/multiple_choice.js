/** Any number of labels per item: keys toggle, Enter submits, nothing chosen says that none of them fits. */

import { start } from "../labelling/main.js";

const panel = /** @type {HTMLFieldSetElement} */ (document.querySelector("#choices"));
const labelsIn = (/** @type {unknown} */ value) => (Array.isArray(value) ? value : []);
const inputOf = (/** @type {string} */ label) =>
  /** @type {HTMLInputElement | null} */ (panel.querySelector(`input[value="${CSS.escape(label)}"]`));

start({
  goesOn: false,
  mount: ({ changed }) => panel.addEventListener("change", changed),
  read: () => Array.from(panel.querySelectorAll("input:checked"), (input) => input.getAttribute("value")),
  write(value) {
    for (const input of panel.querySelectorAll("input:checked")) /** @type {HTMLInputElement} */ (input).checked = false;
    for (const name of labelsIn(value)) {
      const chosen = inputOf(name);
      if (chosen) chosen.checked = true;
    }
  },
  labelsIn,
  describe: (value) => labelsIn(value).join(", ") || "none of them",
});
