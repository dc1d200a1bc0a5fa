/** Any number of labels per item: keys toggle, Enter submits, nothing chosen says that none of them fits. */

import { start } from "../labelling/main.js";

const panel = /** @type {HTMLFieldSetElement} */ (document.querySelector("#choices"));
const labelsIn = (/** @type {unknown} */ value) => (Array.isArray(value) ? value : []);

start({
  goesOn: false,
  mount: ({ changed }) => panel.addEventListener("change", changed),
  read: () => Array.from(panel.querySelectorAll("input:checked"), (input) => input.getAttribute("value")),
  write(value) {
    const names = labelsIn(value);
    for (const input of panel.querySelectorAll("input")) input.checked = names.includes(input.value);
  },
  labelsIn,
  describe: (value) => labelsIn(value).join(", ") || "none of them",
});
