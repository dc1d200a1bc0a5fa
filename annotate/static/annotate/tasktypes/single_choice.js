/** One label per item: choosing it is the answer. */

import { start } from "../labelling/start.js";

start({
  goesOn: true,
  read: (choices) => choices.querySelector("input:checked")?.getAttribute("value") ?? undefined,
  write(choices, value) {
    for (const input of choices.querySelectorAll("input")) input.checked = input.value === value;
  },
  names: (value) => (typeof value === "string" ? [value] : []),
});
