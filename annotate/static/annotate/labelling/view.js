/** The document of the labelling screen: finds its parts and paints them. Decides nothing. */

import { render } from "./render.js";

/**
 * @typedef {import("./state.js").Item} Item
 * @typedef {import("./state.js").Suggestion} Suggestion
 */

const FLASH = 100; // ms
const COUNTS = new Intl.NumberFormat("en");

export class View {
  form = part("#answer", HTMLFormElement);
  stage = part("#stage", HTMLElement);
  panel = part("#choices", HTMLFieldSetElement);
  #notice = part("#notice", HTMLElement);
  #saved = part("[data-saved]", HTMLElement);
  #lockedOut = part("#locked-out", HTMLElement);
  #flag = part(".flag", HTMLButtonElement);
  #undo = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[value=undo]"));
  /** Asking the stage itself would cost a layout for each item. */
  #scrolled = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #flashed;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #noticed;

  /** Pictures ahead of the current one; none before the first item that is one. @type {import("./images.js").Images | undefined} */
  images;

  /** Draws records and context; none before the first item that has some. @type {typeof import("./records.js") | undefined} */
  #records;

  /** Where there are more labels than keys. @type {import("./finder.js").Finder | undefined} */
  finder;

  constructor() {
    this.stage.addEventListener("scroll", () => (this.#scrolled = true), { passive: true });
  }

  /** `item`, `looking` (back), `waiting` (for the server), `nothing` (is left) or `elsewhere` (in another tab). */
  get state() {
    return document.body.dataset.state ?? "";
  }

  set state(state) {
    if (state === this.state) return;
    document.body.dataset.state = state;
    this.panel.disabled = state !== "item";
    for (const button of document.querySelectorAll("button")) {
      if (button.matches(".submit, [value=skip], [popovertarget=skip]")) button.disabled = state !== "item";
      if (button.matches(".flag, [popovertarget=comment]")) button.disabled = state !== "item" && state !== "looking";
    }
  }

  /** What is to be put on the stage: now for words and ready pictures, else a promise. @param {Item} item */
  prepare(item) {
    if ((item.data || item.context) && !this.#records) return this.#firstRecord(item);
    if (item.image) return this.images?.take(item.image) ?? this.#firstPicture(item.image);
    return (item.data && this.#records?.record(item.data)) ?? render(item.text ?? "");
  }

  /** @param {Item} item @returns {Promise<HTMLElement>} */
  async #firstRecord(item) {
    this.#records = await import("./records.js");
    return this.prepare(item);
  }

  /** @param {string} address */
  async #firstPicture(address) {
    const { Images } = await import("./images.js");
    this.images ??= new Images(part("#shelf", HTMLElement), this.stage);
    return this.images.take(address);
  }

  /** @param {Item} item @param {HTMLElement} node */
  put(item, node) {
    this.images?.putBack(this.stage.firstElementChild);
    this.stage.replaceChildren(node);
    this.#records?.showContext(item.context);
    this.stage.dataset.item = String(item.id);
    delete this.stage.dataset.zoom;
    if (this.#scrolled) this.stage.scrollTop = 0;
    this.#scrolled = false;
  }

  clear() {
    this.images?.putBack(this.stage.firstElementChild);
    this.stage.replaceChildren();
    delete this.stage.dataset.item;
  }

  /** @param {string} text */
  set sentBack(text) {
    part("[data-sent-back]", HTMLElement).textContent = text;
  }

  /** Take the focus away from a button that was pressed, so that keys are shortcuts again; never from what is typed in a sheet. */
  focus() {
    if (!this.covered && document.activeElement !== this.stage) this.stage.focus({ preventScroll: true });
  }

  zoom() {
    if (!this.images?.zoom()) this.stage.toggleAttribute("data-zoom");
  }

  /** Light the buttons of these labels for a moment. @param {string[]} names */
  flash(names) {
    clearTimeout(this.#flashed);
    this.#mark("data-flash", names);
    this.#flashed = setTimeout(() => this.#mark("data-flash", []), FLASH);
    this.finder?.used(names);
  }

  /** @param {Suggestion | null} suggestion @param {string[]} names the labels that it names */
  suggest(suggestion, names) {
    const note = (/** @type {Element} */ label) => part("[data-belief]", HTMLElement, label);
    for (const label of this.#mark("data-suggested", names)) note(label).textContent = "";
    for (const name of names) {
      const label = this.#label(name);
      const proba = suggestion?.proba?.[name];
      if (label) note(label).textContent = `model${proba === undefined ? "" : ` ${Math.round(100 * proba)} %`}`;
    }
    this.finder?.suggest(suggestion, names);
  }

  /** Mark these labels and no others; those that were marked. @param {string} mark @param {string[]} names */
  #mark(mark, names) {
    const former = [...this.panel.querySelectorAll(`label[${mark}]`)];
    for (const label of former) label.removeAttribute(mark);
    for (const name of names) this.#label(name)?.setAttribute(mark, "");
    return former;
  }

  /** The control of a label, where it is one that is marked. @param {string} name */
  #label(name) {
    return this.panel.querySelector(`label[data-name="${CSS.escape(name)}"]`);
  }

  /**
   * Say something that concerns this item or action. "" takes away the text that stands for as long as it holds, and leaves
   * the text that stands for some seconds.
   * @param {string} text @param {number} [seconds]
   */
  say(text, seconds) {
    if (!text && this.#noticed !== undefined) return;
    clearTimeout(this.#noticed);
    this.#noticed = undefined;
    if (this.#notice.textContent !== text) this.#notice.textContent = text;
    if (!seconds) return;
    this.#noticed = setTimeout(() => {
      this.#noticed = undefined;
      this.say("");
    }, 1000 * seconds);
  }

  /** @param {number} today @param {number} open @param {boolean} more there are more than were counted */
  count(today, open, more) {
    part("[data-today]", HTMLElement).textContent = COUNTS.format(today);
    if (!more) part("[data-left]", HTMLElement).textContent = COUNTS.format(open);
    const thread = part(".thread", HTMLProgressElement);
    thread.max = Math.max(1, today + open);
    thread.value = today;
  }

  /** How many requests have not arrived; the words may follow a moment later. @param {number} count */
  unsaved(count) {
    this.#saved.dataset["unsaved"] = String(count);
  }

  /** @param {string} words @param {"good" | "busy" | "bad"} mood */
  saved(words, mood) {
    if (this.#saved.textContent !== words) this.#saved.textContent = words;
    this.#saved.dataset.mood = mood;
  }

  /** @param {boolean} lockedOut */
  lock(lockedOut) {
    this.#lockedOut.hidden = !lockedOut;
  }

  get isFlagged() {
    return this.#flag.ariaPressed === "true";
  }

  set isFlagged(raised) {
    this.#flag.ariaPressed = String(raised);
  }

  /** @param {boolean} possible */
  undoable(possible) {
    for (const button of this.#undo) button.disabled = !possible;
  }

  /** Whether something lies over the item or is in its place, so that no key may label it. */
  get covered() {
    return document.querySelector(".sheet:popover-open, [data-state=elsewhere]") !== null;
  }

  closeDrawer() {
    part("#guidelines", HTMLElement).hidePopover();
  }

  uncover() {
    for (const sheet of document.querySelectorAll(".sheet:popover-open")) {
      if (sheet instanceof HTMLElement) sheet.hidePopover();
    }
  }
}

/**
 * A part of the page that must be there.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} kind
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function part(selector, kind, within = document) {
  const node = within.querySelector(selector);
  if (!(node instanceof kind)) throw new Error(`the page has no ${kind.name} ${selector}`);
  return node;
}
