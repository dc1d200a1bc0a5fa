/**
 * Records, field by field: the chosen fields first, the others folded. And what is shown beside an item. The templates
 * `annotate/items/data.html` and `annotate/item_context.html` do the same.
 */

// Without the punctuation that ends a sentence or a bracket. The same rule as in `templatetags/records.py`.
const ADDRESS = /(https?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}])/i;

/** Whether somebody unfolded the others: they stay so with the next record. */
let unfolded = false;

/** @param {Record<string, unknown>} data */
export function record(data) {
  const [first, rest] = parted(Object.keys(data), chosen());
  const shown = element("div", list(data, first, linked));
  shown.className = "item-data";
  if (rest.length) shown.append(folded(list(data, rest, linked), rest.length));
  return shown;
}

/** Of a tile, which is itself a button: the first fields, without links. @param {Record<string, unknown>} data */
export function tile(data) {
  const [first] = parted(Object.keys(data), chosen());
  const shown = element("div", list(data, first, (text) => [text]));
  shown.className = "item-data";
  return shown;
}

/** @param {Record<string, unknown>} [context] what is shown beside the item */
export function showContext(context = {}) {
  document.querySelector(".item-context")?.replaceChildren(...rows(context, Object.keys(context), linked));
}

/** @param {string[]} names @param {string[]} chosen @returns {[string[], string[]]} those that stand first, and the others */
export function parted(names, chosen) {
  const first = chosen.filter((name) => names.includes(name));
  return first.length ? [first, names.filter((name) => !first.includes(name))] : [names, []];
}

/** Every second part is an address. @param {string} text */
export const addresses = (text) => text.split(ADDRESS);

/** The names that the page says. @returns {string[]} */
function chosen() {
  const page = document.querySelector("[data-shown-fields]");
  return JSON.parse(page?.getAttribute("data-shown-fields") || "[]");
}

/** @typedef {(text: string) => (Node | string)[]} Draw */

/** @param {Record<string, unknown>} data @param {string[]} names @param {Draw} draw */
const list = (data, names, draw) => element("dl", ...rows(data, names, draw));

/** @param {Record<string, unknown>} data @param {string[]} names @param {Draw} draw */
function rows(data, names, draw) {
  return names.map((name) => {
    const value = data[name];
    const text = element("dd", ...draw(written(value)));
    text.dir = "auto";
    return element("div", element("dt", name), text);
  });
}

/** A list of texts as numbered lines. @param {unknown} value */
export function written(value) {
  if (!Array.isArray(value) || !value.length || value.some((text) => typeof text !== "string")) {
    return typeof value === "string" ? value : JSON.stringify(value);
  }
  return value.map((text, place) => `${place + 1}. ${text}`).join("\n");
}

/** @param {Node} fields @param {number} count */
function folded(fields, count) {
  const details = element("details", element("summary", `${count} more field${count === 1 ? "" : "s"}`), fields);
  details.open = unfolded;
  details.addEventListener("toggle", () => (unfolded = details.open));
  return details;
}

/** @param {string} text */
function linked(text) {
  return addresses(text).map((part, place) => (place % 2 ? link(part) : part));
}

/** @param {string} address */
function link(address) {
  const anchor = element("a", address);
  return Object.assign(anchor, { href: address, target: "_blank", rel: "noopener noreferrer" });
}

/** @template {keyof HTMLElementTagNameMap} K @param {K} name @param {(Node | string)[]} children */
function element(name, ...children) {
  const node = document.createElement(name);
  node.append(...children);
  return node;
}
