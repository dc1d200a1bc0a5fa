/** Candidates of a record, such as several answers to one question: each a button in the place of its field. */

/**
 * @param {HTMLElement} node what shows the record @param {import("./labelling/state.js").Item} item
 * @param {string} field the name of the candidates' field
 * @returns {HTMLButtonElement[]} none where the record has no candidates
 */
export function showCandidates(node, item, field) {
  const record = /** @type {Record<string, unknown> | undefined} */ (item.data);
  const texts = record?.[field];
  const name = [...node.querySelectorAll("dt")].find((term) => term.textContent === field);
  if (!Array.isArray(texts) || !(name?.nextElementSibling instanceof HTMLElement)) return [];
  const cards = texts.map((text, number) => card(String(text), number));
  const list = document.createElement("div");
  list.className = "candidates";
  list.append(...cards);
  name.nextElementSibling.replaceChildren(list);
  return cards;
}

/** @param {string} text @param {number} number */
function card(text, number) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "candidate";
  button.dir = "auto";
  const key = document.createElement("kbd");
  key.textContent = String((number + 1) % 10);
  const words = document.createElement("span");
  words.className = "candidate-text";
  words.textContent = text;
  const place = document.createElement("b");
  place.className = "candidate-place";
  button.append(key, words, place);
  return button;
}
