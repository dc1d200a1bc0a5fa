/** A text per item: typed, or the suggestion corrected, with what is different shown while one types. */

import { difference } from "../difference.js";
import { start } from "../labelling/main.js";

const panel = /** @type {HTMLFieldSetElement} */ (document.querySelector("#choices"));
const area = /** @type {HTMLTextAreaElement} */ (panel.querySelector("textarea"));
const shown = /** @type {HTMLElement} */ (panel.querySelector("[data-difference]"));
let suggested = "";

/** What the text changes of the suggestion; nothing where there is none, or it is as it was. */
function compare() {
  const changes = suggested ? difference(suggested, area.value) : [];
  shown.hidden = changes.every(({ kind }) => kind === "same");
  shown.replaceChildren(
    ...changes.map(({ kind, text }) => {
      if (kind === "same") return document.createTextNode(text);
      const change = document.createElement(kind === "added" ? "ins" : "del");
      change.textContent = text;
      return change;
    }),
  );
}

start({
  goesOn: false,
  missing: "Type the text first.",
  mount({ changed }) {
    area.addEventListener("input", () => {
      compare();
      changed();
    });
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.shiftKey)) {
        event.preventDefault();
        if (!event.repeat) area.form?.requestSubmit(document.querySelector("[data-answer]"));
      } else if (event.key === "Escape" && area.value !== suggested) {
        area.value = suggested;
        compare();
        changed();
      }
    });
  },
  show(node, item, { value, suggestion, editable }) {
    suggested = typeof suggestion?.value === "string" ? suggestion.value : "";
    area.value = typeof value === "string" ? value : suggested;
    area.readOnly = !editable;
    compare();
    if (editable) setTimeout(() => area.focus({ preventScroll: true }));
  },
  read: () => area.value.trimEnd() || undefined,
  origins: () => [!suggested ? "drawn" : area.value.trimEnd() === suggested.trimEnd() ? "accepted" : "edited"],
  write(value) {
    area.value = typeof value === "string" ? value : "";
  },
  unfinished: () => (area.value.trimEnd() === suggested.trimEnd() ? "" : "what you typed"),
  labelsIn: () => [],
  describe: String,
});
