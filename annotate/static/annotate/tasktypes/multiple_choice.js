/** Any number of labels per item: keys toggle, Enter submits, nothing chosen says that none of them fits. */

import { start } from "../labelling/start.js";

start({
  goesOn: false,
  read: (choices) => Array.from(choices.querySelectorAll("input:checked"), (input) => input.getAttribute("value")),
  write(choices, value) {
    const names = Array.isArray(value) ? value : [];
    for (const input of choices.querySelectorAll("input")) input.checked = names.includes(input.value);
  },
  names: (value) => (Array.isArray(value) ? value : []),
});
