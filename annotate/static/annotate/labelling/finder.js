/**
 * More labels than keys: a box finds them by a few letters, and the digits are those of the suggestion and of the labels that
 * were used last. Loaded where a project has so many.
 */

import { belongsTo } from "../keys.js";
import { matching, placed, plain } from "./matching.js";
import { part } from "./view.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {import("./state.js").Suggestion} Suggestion
 * @typedef {import("./controller.js").Bootstrap} Bootstrap
 */

const DIGITS = "1234567890";
const SUGGESTED = 3; // digits, where suggestions are shown
const STORE = "annotate-recent-labels";

export class Finder {
  #box = part("#find-label", HTMLInputElement);
  #quick = part("[data-quick-labels]", HTMLElement);
  /** Adds what is typed as a label; in the page where that is allowed. */
  #offer = document.createElement("button");
  /** @type {HTMLElement[]} */
  #controls = [];
  /** @type {string[]} */
  #names = [];
  /** @type {string[]} */
  #plain = [];
  /** What each stands under, plain. @type {string[]} */
  #groups = [];
  /** Names, newest first. @type {string[]} */
  #recent;
  /** What stands on the digits: first those of the suggestion, then the recent ones. @type {string[]} */
  #slots = [];
  /** @type {string[]} */
  #suggested = [];
  /** What fits what is typed, by place. @type {number[]} */
  #fits = [];
  #active = 0;

  /** @param {View} view @param {Bootstrap} bootstrap @param {{lettersToo: boolean}} options `lettersToo`: any letter opens the box */
  constructor(view, bootstrap, { lettersToo }) {
    this.view = view;
    this.singleKeys = bootstrap.single_keys;
    this.lettersToo = lettersToo && bootstrap.single_keys;
    this.store = `${STORE}-${bootstrap.project}`;
    this.#offer.hidden = true;
    this.read();
    const known = (/** @type {string} */ name) => this.#names.includes(name);
    const { recent = [], slots = [] } = stored(this.store);
    this.#recent = recent.filter(known);
    this.#layOut(bootstrap.suggestions === "shown" ? SUGGESTED : 0, slots.filter(known));
    this.#listen();
    if (this.lettersToo) showShift();
  }

  /** Take in the labels that the panel has now. */
  read() {
    this.#controls = /** @type {HTMLElement[]} */ ([...this.view.panel.querySelectorAll("[data-name]")]);
    this.#names = this.#controls.map((control) => control.dataset["name"] ?? "");
    this.#plain = this.#names.map(plain);
    this.#groups = this.#controls.map((control) => plain(control.dataset["group"] ?? ""));
  }

  /** What is typed may become a label. @param {(name: string) => void} add */
  offerTo(add) {
    this.#offer.className = "choice add-label";
    this.#offer.type = "button";
    this.#offer.addEventListener("click", () => {
      const name = this.#box.value;
      this.#leave();
      add(name);
    });
    this.view.panel.append(this.#offer);
  }

  /** @param {string[]} names */
  used(names) {
    setTimeout(() => {
      this.#recent = [...new Set([...names, ...this.#recent])].slice(0, 2 * DIGITS.length);
      this.#slots = placed(this.#slots, this.#recent);
      this.#paint();
      try {
        localStorage.setItem(this.store, JSON.stringify({ recent: this.#recent, slots: this.#slots }));
      } catch {
        // Full or forbidden: they are recent for as long as the page is open.
      }
    });
  }

  /** @param {Suggestion | null} suggestion @param {string[]} names */
  suggest(suggestion, names) {
    if (this.#box.value) this.#search("");
    const probable = Object.entries(suggestion?.proba ?? {}).sort(([, a], [, b]) => b - a);
    const best = [...new Set([...names, ...probable.map(([name]) => name)])].slice(0, SUGGESTED);
    if (best.join("\n") === this.#suggested.join("\n")) return;
    this.#suggested = best;
    this.#paint();
  }

  /** @param {number} reserved how many digits are those of the suggestion @param {string[]} former what stood on the others */
  #layOut(reserved, former) {
    const taken = this.#controls.map((control) => control.dataset["hotkey"] ?? "");
    const free = [...DIGITS].filter((digit) => !taken.includes(digit));
    const unkeyed = (/** @type {string} */ name) => !taken[this.#names.indexOf(name)];
    this.reserved = Math.min(reserved, free.length);
    this.#slots = [...new Set([...former, ...this.#names].filter(unkeyed))].slice(0, free.length - this.reserved);
    this.#quick.replaceChildren(...free.map((digit) => quickButton(digit)));
    this.#paint();
  }

  #paint() {
    const names = [...Array.from({ length: this.reserved ?? 0 }, (_, place) => this.#suggested[place] ?? ""), ...this.#slots];
    for (const [place, button] of [...this.#quick.children].entries()) this.#fill(button, names[place] ?? "");
  }

  /** @param {Element} button @param {string} name */
  #fill(button, name) {
    if (!(button instanceof HTMLElement) || button.dataset["for"] === name) return;
    button.dataset["for"] = name;
    button.hidden = !name;
    part("span", HTMLElement, button).textContent = name;
    const color = this.#controls[this.#names.indexOf(name)]?.querySelector(".edge rect")?.getAttribute("fill");
    button.querySelector("rect")?.setAttribute("fill", color ?? "none");
  }

  #listen() {
    this.#box.addEventListener("input", () => this.#search(this.#box.value));
    this.#box.addEventListener("keydown", (event) => this.#typed(event));
    this.#quick.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (button) this.#choose(this.#names.indexOf(button.dataset["for"] ?? ""));
    });
    addEventListener("keydown", (event) => this.#pressed(event), { capture: true }); // before the screen's own shortcuts
  }

  /** A key anywhere else on the screen. @param {KeyboardEvent} event */
  #pressed(event) {
    const target = event.target instanceof Element ? event.target : null;
    if (event.isComposing || event.ctrlKey || event.metaKey || this.view.covered || belongsTo(target, event.key)) return;
    if (event.key === "/" && event.altKey !== this.singleKeys) {
      event.preventDefault();
      return this.#box.focus();
    }
    if (!this.lettersToo || event.altKey || event.repeat || !/^\p{L}$/u.test(event.key)) return;
    const key = event.key.toLowerCase();
    if (!event.shiftKey && this.view.panel.querySelector(`[data-hotkey="${CSS.escape(key)}"]`)) return; // a label's own
    event.stopPropagation();
    if (!event.shiftKey) return this.#box.focus(); // and the letter is typed into it
    if (key === "z") return this.view.zoom();
    const control = document.querySelector(`button[data-hotkey="${CSS.escape(key)}"]`);
    if (control instanceof HTMLElement) control.click();
  }

  /** A key in the box. @param {KeyboardEvent} event */
  #typed(event) {
    const { key } = event;
    if (event.isComposing) return;
    if (key === "ArrowDown" || key === "ArrowUp") this.#move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Escape") this.#leave();
    else if (key === "Enter") this.#enter();
    else if (!this.#box.value && /^[0-9]$/.test(key) && !event.ctrlKey && !event.metaKey) this.#digit(key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #enter() {
    const place = this.#fits[this.#active];
    if (!this.#box.value.trim()) return this.view.form.requestSubmit();
    if (place === undefined && !this.#offer.hidden) return this.#offer.click();
    if (place === undefined) return this.view.say(`No label fits “${this.#box.value}”.`, 4);
    this.#search("");
    this.#choose(place);
  }

  /** @param {string} digit */
  #digit(digit) {
    const control = document.querySelector(`#answer [data-hotkey="${digit}"]`);
    if (control instanceof HTMLElement) control.click();
  }

  #leave() {
    this.#search("");
    this.view.focus();
  }

  /** @param {number} place */
  #choose(place) {
    const control = this.#controls[place];
    const pressed = control instanceof HTMLLabelElement ? control.control : control;
    if (pressed instanceof HTMLElement) pressed.click(); // the label itself would take the focus
  }

  /** Show what fits, at the height that the panel had: nothing above it moves. @param {string} query */
  #search(query) {
    const { panel } = this.view;
    if (this.#box.value !== query) this.#box.value = query;
    if (query && !panel.style.height) panel.style.height = `${panel.offsetHeight}px`;
    const isSearch = query.trim() !== "";
    this.#fits = isSearch ? matching(this.#plain, query, (place) => -this.#recency(place), this.#groups) : [];
    const shown = new Set(this.#fits);
    for (const [place, control] of this.#controls.entries()) control.hidden = isSearch && !shown.has(place);
    this.#offer.hidden = !isSearch || !this.#offer.isConnected || this.#plain.includes(plain(query.trim()));
    this.#offer.textContent = `Add “${query.trim()}” as a label`;
    panel.toggleAttribute("data-searching", isSearch);
    if (!isSearch) panel.style.height = "";
    this.#active = 0;
    this.#light();
  }

  /** How many were used later. @param {number} place */
  #recency(place) {
    const index = this.#recent.indexOf(this.#names[place] ?? "");
    return index < 0 ? this.#recent.length : index;
  }

  /** @param {-1 | 1} step */
  #move(step) {
    const count = this.#fits.length + (this.#offer.hidden ? 0 : 1);
    if (count) this.#active = (this.#active + step + count) % count;
    this.#light();
  }

  #light() {
    this.view.panel.querySelector("[data-active]")?.removeAttribute("data-active");
    const offer = this.#offer.hidden ? undefined : this.#offer;
    const active = this.#controls[this.#fits[this.#active] ?? -1] ?? offer;
    active?.toggleAttribute("data-active", true);
    active?.scrollIntoView({ block: "nearest" });
    if (active && active === offer) this.view.say(`${offer.textContent}: Enter.`);
    else if (active) this.view.say(`${active.dataset["name"]}: Enter. ${this.#fits.length} of ${this.#names.length} labels fit.`);
    else this.view.say(this.#box.value.trim() ? "No label fits." : "");
  }
}

/** @param {string} digit */
function quickButton(digit) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "choice";
  button.dataset["hotkey"] = digit;
  button.setAttribute("aria-keyshortcuts", digit);
  const edge = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  edge.setAttribute("class", "edge");
  edge.setAttribute("viewBox", "0 0 1 1");
  edge.setAttribute("preserveAspectRatio", "none");
  edge.ariaHidden = "true";
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  rect.setAttribute("width", "1");
  rect.setAttribute("height", "1");
  edge.append(rect);
  const cap = document.createElement("kbd");
  cap.textContent = digit;
  cap.ariaHidden = "true";
  const name = document.createElement("span");
  name.className = "choice-name";
  button.append(edge, cap, name);
  return button;
}

/** Letters are for the box: the screen's own shortcuts need Shift, and say so. */
function showShift() {
  for (const button of document.querySelectorAll("button[data-hotkey]")) {
    const key = button instanceof HTMLElement ? (button.dataset["hotkey"] ?? "") : "";
    if (/^[a-z]$/.test(key)) button.setAttribute("aria-keyshortcuts", `Shift+${key}`);
  }
  for (const cap of document.querySelectorAll(".top kbd, .acts kbd, .other-label kbd, .keys .screen-keys kbd")) {
    if (/^[A-Z]$/.test(cap.textContent ?? "")) cap.textContent = `⇧${cap.textContent}`;
  }
}

/** @param {string} store @returns {{recent?: string[], slots?: string[]}} */
function stored(store) {
  try {
    return JSON.parse(localStorage.getItem(store) ?? "{}");
  } catch {
    return {};
  }
}
