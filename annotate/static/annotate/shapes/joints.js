/** Joints of keypoints: placed, skipped, chosen, hidden and taken away. Loaded beside the first picture. */

import { shortcut } from "../keys.js";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("../tasktypes/keypoints.js").Skeletons} Skeletons
 * @typedef {import("../tasktypes/keypoints.js").Place} Place
 */

const HIDDEN = 1;
const VISIBLE = 2;
const STATES = ["", "hidden", "visible"];

export class Joints {
  #buttons;
  #alt = false;
  /** @type {unknown} */
  #picture;

  /** @param {Skeletons} editor @param {HTMLElement} list */
  constructor(editor, list) {
    this.editor = editor;
    this.#buttons = /** @type {HTMLButtonElement[]} */ ([...list.querySelectorAll("button")]);
    const { kind } = editor.model;
    kind.sides = (place) => /** @type {[Point, Point][]} */ ([...editor.bones(place), ...kind.outline(place).map((point) => [point, point])]);
    kind.nameOf = (place, handle) => this.#present(place)[handle] ?? "";
    editor.tools.stage.addEventListener("pointerup", ({ altKey }) => (this.#alt = altKey), true);
    list.addEventListener("click", ({ target }) => this.#pick(this.#buttons.indexOf(/** @type {any} */ (target))));
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-joint-act]"))) {
      button.addEventListener("click", () => {
        if (editor.editable) this.#perform(button.dataset["jointAct"] ?? "");
        editor.tools.stage.focus({ preventScroll: true });
      });
    }
  }

  /** The joints of an object, in the order of its handles. @param {Place} place */
  #present(place) {
    return this.editor.joints.filter((name) => place[name]);
  }

  /** The object with its next joint there. @param {Point} point @returns {Place} */
  placed(point) {
    const { editor } = this;
    const seen = this.#alt ? HIDDEN : VISIBLE;
    return { ...(editor.open && editor.model.current?.place), [this.#next]: [point[0], point[1], seen] };
  }

  get #next() {
    return this.editor.joints[this.editor.joint] ?? this.editor.joints[0] ?? "";
  }

  /** @param {Place} place @param {number} handle @param {Point} to @returns {Place} */
  dragged(place, handle, to) {
    const name = this.#present(place)[handle] ?? "";
    return { ...place, [name]: [...to, place[name]?.[2] ?? VISIBLE] };
  }

  /** The object with one more joint; a new one where none is open. @param {Place} place */
  add(place) {
    const { editor } = this;
    const { model } = editor;
    const name = this.#next;
    if (editor.open) model.edit({ place });
    else model.add(place);
    model.vertex = this.#present(place).indexOf(name);
    this.goOn();
    editor.announce(`${name}${place[name]?.[2] === HIDDEN ? ", hidden" : ""}. ${this.#whatNext()}`);
  }

  #whatNext() {
    return this.editor.open || !this.editor.model.current ? `Next: ${this.#next}.` : "That was the last joint.";
  }

  /** Joints are placed on the selected object. */
  goOn(chosen = -1) {
    this.editor.object = this.editor.model.selected;
    this.editor.chosen = chosen;
    this.editor.paint();
  }

  /** Which joint is next, and how each of the selected object is. */
  paint() {
    const { editor } = this;
    const { current, vertex } = editor.model;
    const place = current?.place ?? {};
    if (editor.view.picture !== this.#picture) editor.chosen = -1;
    this.#picture = editor.view.picture;
    const next = editor.editable && (editor.open || !current) ? this.#next : "";
    /** @type {HTMLElement} */ (document.querySelector("[data-next-joint]")).textContent = next && `Next: ${next}`;
    this.#buttons.forEach((button, i) => {
      const name = editor.joints[i] ?? "";
      button.ariaCurrent = String(name === this.#present(place)[vertex]);
      if (button.nextElementSibling) button.nextElementSibling.textContent = name === next ? "next" : (STATES[place[name]?.[2] ?? 0] ?? "");
    });
  }

  /** A joint of the list: choose it, or place it next. @param {number} index */
  #pick(index) {
    const { editor } = this;
    const { model } = editor;
    const name = editor.joints[index] ?? "";
    if (!model.current || !name) return;
    if (model.current.place[name]) model.select(model.selected, this.#present(model.current.place).indexOf(name));
    else if (editor.editable) this.goOn(index);
    editor.tools.stage.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const { editor } = this;
    this.#alt = false; // of the last click
    if (!editor.editable || !editor.extras || editor.grid) return false;
    if (event.key === "Tab") return this.#tab(event.shiftKey ? -1 : 1);
    if (event.key === "Delete" || event.key === "Backspace") return this.#remove();
    const action = { j: "skip", i: "hidden" }[shortcut(event, editor.tools.singleKeys) ?? ""];
    if (action) this.#perform(action);
    return action !== undefined;
  }

  /** @param {string} action */
  #perform(action) {
    const { model, announce } = this.editor;
    if (action === "skip") return this.#skip();
    const name = this.#present(model.current?.place ?? {})[model.vertex];
    if (!model.current || !name) return announce("Choose a joint first: Tab, or a click on it.");
    const [x, y, seen] = model.current.place[name];
    model.edit({ place: { ...model.current.place, [name]: [x, y, seen === HIDDEN ? VISIBLE : HIDDEN] } });
    announce(`${name} is ${seen === HIDDEN ? "visible" : "hidden"}.`);
  }

  /** The next joint is absent. */
  #skip() {
    const { editor } = this;
    const { current } = editor.model;
    if (current && !editor.open) return;
    editor.chosen = current ? editor.joint + 1 : (editor.joint + 1) % editor.joints.length;
    editor.paint();
    editor.announce(this.#whatNext());
  }

  /** From joint to joint, then to the next object. @param {1 | -1} step */
  #tab(step) {
    const { announce, model } = this.editor;
    const { current, selected, vertex } = model;
    const name = this.#present(current?.place ?? {})[vertex + step];
    if (!current || (!name && vertex + step !== -1)) return false;
    model.select(selected, vertex + step);
    announce(name ? `${name}, ${STATES[current.place[name][2]]}.` : `${current.label}.`);
    return true;
  }

  /** The chosen joint; it can be placed anew. */
  #remove() {
    const { editor } = this;
    const { current, vertex } = editor.model;
    const name = this.#present(current?.place ?? {})[vertex];
    if (!current || !name || this.#present(current.place).length < 2) return false;
    const { [name]: _, ...place } = current.place;
    editor.model.edit({ place });
    editor.model.vertex = -1;
    this.goOn(editor.joints.indexOf(name));
    editor.announce(`${name} is absent.`);
    return true;
  }
}
