/** What the page says beside the text: about the chosen span, about suggestions that wait, and on Submit. */

const submit = /** @type {HTMLElement} */ (document.querySelector("[data-submit]"));
const verb = submit.textContent;
const cards = /** @type {HTMLElement} */ (document.querySelector(".span-cards"));

const part = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (cards.querySelector(selector));
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
  part("[data-waiting]").textContent = counted(waiting, "suggestion");
  submit.textContent = `${verb} ${spans ? counted(spans, "span") : "no spans"}`;
  if (!chosen) return;
  part("[data-about]").textContent = chosen.name;
  part("[data-about]").style.setProperty("--label", colors.get(chosen.label) ?? "");
  part("[data-quote]").textContent = `“${chosen.quote}”`;
  part("[data-copies]").hidden = !copies;
  part("[data-count]").textContent = `${copies} more, not labelled`;
  part("[data-do=accept]").hidden = !chosen.suggested;
  part("[data-remove]").textContent = chosen.suggested ? "Reject" : "Delete";
}

/** @param {(action: string | undefined) => void} perform what the button of a card says */
export function whenPressed(perform) {
  cards.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    if (button) perform(button.dataset["do"]);
  });
}
