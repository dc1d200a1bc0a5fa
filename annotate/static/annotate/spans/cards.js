/** What the page says beside the text: about the chosen span, about suggestions that wait, and on Submit. */

const submit = /** @type {HTMLElement} */ (document.querySelector("[data-submit]"));
const verb = submit.textContent;
const cards = /** @type {HTMLElement} */ (document.querySelector(".span-cards"));

const part = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (cards.querySelector(selector));
/** A text that is put again is laid out again. @param {HTMLElement} node @param {string} text */
const put = (node, text) => void (node.textContent === text || (node.textContent = text));
const counted = (/** @type {number} */ n, /** @type {string} */ name) => `${n} ${name}${n === 1 ? "" : "s"}`;

/**
 * @param {{label: string, name: string, quote: string, suggested: boolean} | null} chosen
 * @param {number} copies places with the same words and no label
 * @param {number} waiting suggestions
 * @param {number} spans
 * @param {Map<string, string>} colors of the labels
 */
export function describe(chosen, copies, waiting, spans, colors) {
  part("[data-card=chosen]").hidden = !chosen;
  part("[data-card=suggested]").hidden = !waiting;
  put(part("[data-waiting]"), counted(waiting, "suggestion"));
  put(submit, `${verb} ${spans ? counted(spans, "span") : "no spans"}`);
  if (!chosen) return;
  put(part("[data-about]"), chosen.name);
  part("[data-about]").style.setProperty("--label", colors.get(chosen.label) ?? "");
  put(part("[data-quote]"), `“${chosen.quote}”`);
  part("[data-copies]").hidden = !copies;
  put(part("[data-count]"), `${copies} more, not labelled`);
  part("[data-do=accept]").hidden = !chosen.suggested;
  put(part("[data-remove]"), chosen.suggested ? "Reject" : "Delete");
}

/** @param {(action: string | undefined) => void} perform what the button of a card says */
export function whenPressed(perform) {
  cards.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    if (button) perform(button.dataset["do"]);
  });
}
