/** Items that are words: texts and records as parts of the document. The templates in `annotate/items/` do the same. */

/**
 * @typedef {import("./state.js").Item} Item
 */

/** @param {Item} item */
export function render(item) {
  return item.data ? table(item.data) : paragraph(item.text ?? "");
}

/** Short texts are set larger. The same rule as in `views/label.py`. @param {string} text */
export function size(text) {
  const length = [...text.slice(0, 1300)].length;
  return length <= 120 ? "short" : length <= 600 ? "medium" : "long";
}

/** @param {string} text */
function paragraph(text) {
  const shown = element("p", "item-text", text);
  shown.dataset.size = size(text);
  if (/\n/.test(text.trim())) shown.dataset.lines = /^(?: {2,}|\t)/m.test(text) ? "code" : "text";
  shown.dir = "auto";
  return shown;
}

/** @param {Record<string, unknown>} data */
function table(data) {
  const body = document.createElement("tbody");
  for (const [name, value] of Object.entries(data)) {
    const head = element("th", "", name);
    head.scope = "row";
    const cell = element("td", "", typeof value === "string" ? value : JSON.stringify(value));
    cell.dir = "auto";
    const row = document.createElement("tr");
    row.append(head, cell);
    body.append(row);
  }
  const shown = element("table", "item-data");
  shown.append(body);
  return shown;
}

/** @template {keyof HTMLElementTagNameMap} K @param {K} name @param {string} className @param {string} [text] */
function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
