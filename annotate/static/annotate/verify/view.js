/** The document of the page: tiles that can be marked, and what stands around them. */

import { render } from "../labelling/render.js";
import { neighbour } from "./page.js";

/**
 * @typedef {import("./page.js").Marks} Marks
 * @typedef {import("./page.js").Tile} Tile
 * @typedef {{name: string, color: string, key: string}} Label
 */

const TINY = 64;
const CROSSED = "crossed";

export class View {
  /** @type {HTMLLIElement[]} */
  tiles = [];
  at = 0;

  /** @param {Label[]} labels @param {(place: number, label: string | null | undefined) => void} mark undefined: toggle */
  constructor(labels, mark) {
    this.labels = labels;
    this.mark = mark;
    this.form = part("#page", HTMLFormElement);
    this.grid = part("[data-tiles]", HTMLElement);
  }

  /** @param {Marks} marks */
  show(marks) {
    const { page } = marks;
    this.state = "page";
    part("[data-label]", HTMLElement).textContent = page.label;
    part("[data-label]", HTMLElement).style.setProperty("--label", this.#color(page.label));
    part("[name=page]", HTMLInputElement).value = String(page.id);
    part("#second-look", HTMLElement).hidden = !page.second_look_of;
    part("[data-first-look]", HTMLElement).hidden = !!page.second_look_of;
    this.tiles = page.tiles.map((tile) => this.#tile(tile, page.label));
    this.grid.replaceChildren(...this.tiles);
    this.grid.scrollTop = 0;
    this.paint(marks);
    this.focus(0);
  }

  /** What is marked. @param {Marks} marks */
  paint(marks) {
    const { wrong, page, accepted, relabelled, crossed, expected } = marks;
    for (const [place, tile] of this.tiles.entries()) {
      const label = wrong.get(place);
      inside(tile, ".tile-item").setAttribute("aria-pressed", String(wrong.has(place)));
      tile.toggleAttribute("data-wrong", wrong.has(place));
      tile.style.setProperty("--label", this.#color(label ?? page.label));
      const select = /** @type {HTMLSelectElement} */ (inside(tile, "select"));
      select.value = label ? `label:${label}` : wrong.has(place) ? CROSSED : "";
      const change = inside(tile, ".tile-change");
      change.hidden = !wrong.has(place);
      change.textContent = label ? `${page.label} → ${label}` : `not ${page.label}`;
    }
    const parts = [`${accepted} accepted as ${page.label}`];
    if (relabelled) parts.push(`${relabelled} relabelled`);
    if (crossed) parts.push(`${crossed} crossed out`);
    part("[data-sum]", HTMLElement).textContent = parts.join(" · ");
    part("[data-expected]", HTMLElement).textContent =
      `Expected wrong among the ${accepted}: ${expected.mean.toFixed(1)}, 95 % interval ${expected.low} to ${expected.high}`;
  }

  /** @param {number} place */
  focus(place) {
    this.at = place;
    for (const [number, tile] of this.tiles.entries()) {
      inside(tile, ".tile-item").tabIndex = number === place ? 0 : -1;
      inside(tile, "select").tabIndex = number === place ? 0 : -1;
    }
    const tile = this.tiles[place];
    if (tile) inside(tile, ".tile-item").focus({ preventScroll: false });
  }

  /** @param {string} key */
  move(key) {
    const [first] = this.tiles;
    const columns = first ? this.tiles.filter((tile) => tile.offsetTop === first.offsetTop).length : 1;
    this.focus(neighbour(this.at, key, columns, this.tiles.length));
  }

  /** "page", "waiting" for one, or "nothing" is left. @param {string} state */
  set state(state) {
    document.body.dataset["state"] = state;
  }

  /** @param {string} text @param {boolean} [isBad] */
  say(text, isBad = false) {
    const notice = part("#notice", HTMLElement);
    notice.textContent = text;
    notice.toggleAttribute("data-bad", isBad);
  }

  /** @param {string} text @param {string} mood */
  saved(text, mood) {
    const saved = part("[data-saved]", HTMLElement);
    saved.textContent = text;
    saved.dataset["mood"] = mood;
  }

  /** @param {number} verified @param {number | undefined} waiting */
  count(verified, waiting) {
    const today = part("[data-today]", HTMLElement);
    today.textContent = String(Math.max(0, Number(today.textContent?.replace(/\D/g, "")) + verified));
    if (waiting !== undefined) part("[data-left]", HTMLElement).textContent = waiting.toLocaleString("en");
  }

  /** @param {boolean} can */
  set undoable(can) {
    for (const button of document.querySelectorAll("[value=undo]")) button.toggleAttribute("disabled", !can);
  }

  /** @param {Tile} tile @param {string} label */
  #tile(tile, label) {
    const template = part("#tile", HTMLTemplateElement);
    const node = /** @type {HTMLLIElement} */ (template.content.firstElementChild?.cloneNode(true));
    const item = inside(node, ".tile-item");
    const select = /** @type {HTMLSelectElement} */ (inside(node, "select"));
    item.setAttribute("aria-label", `Item ${tile.place + 1}${tile.item.text ? `: ${tile.item.text.slice(0, 200)}` : ""}`);
    item.append(tile.item.image ? picture(tile.item.image) : tile.item.data ? record(tile.item.data) : render(tile.item.text ?? ""));
    item.addEventListener("click", () => this.#pressed(tile.place, undefined));
    select.name = `tile-${tile.place}`;
    select.setAttribute("aria-label", `Label of item ${tile.place + 1}`);
    select.append(new Option(label, ""), new Option(`not ${label}`, CROSSED));
    for (const { name } of this.labels) if (name !== label) select.append(new Option(name, `label:${name}`));
    select.addEventListener("change", () => this.#pressed(tile.place, chosen(select.value, label)));
    inside(node, ".tile-foot .num").textContent = `${(100 * tile.probability).toFixed(1)}\u202f%`;
    return node;
  }

  /** @param {number} place @param {string | null | undefined} label */
  #pressed(place, label) {
    this.focus(place);
    this.mark(place, label);
  }

  /** @param {string} name */
  #color(name) {
    return this.labels.find((label) => label.name === name)?.color ?? "";
  }
}

/** What an option of a tile means. @param {string} value @param {string} label */
function chosen(value, label) {
  return value === CROSSED ? null : value.replace(/^label:/, "") || label;
}

/** Drawn as soon as its script, which few projects need, is there. @param {Record<string, unknown>} data */
function record(data) {
  const place = document.createElement("div");
  import("../labelling/records.js").then(({ tile }) => place.replaceWith(tile(data)));
  return place;
}

/** @param {string} address */
function picture(address) {
  const shown = new Image();
  shown.alt = "";
  shown.className = "item-image";
  shown.addEventListener("load", () => {
    shown.toggleAttribute("data-tiny", Math.max(shown.naturalWidth, shown.naturalHeight) <= TINY);
  });
  shown.src = address;
  return shown;
}

/** @param {Element} parent @param {string} selector */
function inside(parent, selector) {
  return /** @type {HTMLElement} */ (parent.querySelector(selector));
}

/** @template {Element} T @param {string} selector @param {new () => T} type @returns {T} */
export function part(selector, type) {
  const match = document.querySelector(selector);
  if (!(match instanceof type)) throw new Error(`the page has no ${selector}`);
  return match;
}
