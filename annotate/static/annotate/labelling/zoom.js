/**
 * A picture seen closer, where nothing is drawn on it: wheel and pinch at the pointer, drag, and its light and turn by keys.
 * Loaded with the first picture. Only the view changes; the next picture is shown as it is.
 */

import { Viewport } from "../shapes/viewport.js";
import { onStage, pan, zoom } from "../shapes/zoom.js";

/**
 * @typedef {import("../shapes/geometry.js").Point} Point
 */

const BRIGHTNESS = [100, 150, 220, 60]; // per cent, one after the other
const CONTRAST = [100, 160, 250, 60];
const CLOSER = 3; // times, by one key
const TOOLS = [
  ["b", "Brightness"],
  ["k", "Contrast"],
  ["r", "Rotate"],
  ["x", "Pixels"],
];

export class PictureZoom {
  #light = 0;
  #contrast = 0;
  #turn = 0;
  /** Fingers on the picture. @type {Map<number, PointerEvent>} */
  #pointers = new Map();

  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.stage = stage;
    this.viewport = new Viewport(stage, () => this.#placed());
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    for (const kind of /** @type {const} */ (["pointerdown", "pointermove", "pointerup", "pointercancel"])) {
      stage.addEventListener(kind, (event) => this.#pointer(event), { capture: true });
    }
    addEventListener("keydown", (event) => this.#key(event), { capture: true });
    addEventListener("resize", () => this.leave());
    stage.after(this.#toolbar());
  }

  /** The picture on the stage; null where a task type draws on it, or where there is none. */
  get picture() {
    const picture = this.stage.firstElementChild;
    return picture instanceof HTMLImageElement && !("shapes" in this.stage.dataset) ? picture : null;
  }

  get isOn() {
    return "viewing" in this.stage.dataset;
  }

  /** Closer, or whole again; false where there is no picture to be seen so. */
  toggle() {
    if (!this.picture) return false;
    if (this.isOn) this.leave();
    else if (this.#enter()) zoom(this.viewport, CLOSER);
    return true;
  }

  /** The picture as it was, whole and in its own light. */
  leave() {
    const { picture } = this.viewport;
    delete this.stage.dataset["viewing"];
    [this.#light, this.#contrast, this.#turn] = [0, 0, 0];
    this.#pointers.clear();
    if (!picture) return;
    for (const property of ["transform", "filter", "image-rendering"]) picture.style.removeProperty(property);
    picture.removeAttribute("data-coarse");
    this.viewport.picture = undefined;
  }

  /** From the size and place at which it is seen. */
  #enter() {
    const { picture } = this;
    if (!picture?.naturalWidth) return false;
    if (this.isOn) return true;
    const from = picture.getBoundingClientRect();
    const stage = this.stage.getBoundingClientRect();
    this.viewport.measure();
    this.viewport.size = [picture.naturalWidth, picture.naturalHeight];
    this.viewport.picture = picture;
    this.stage.dataset["viewing"] = "";
    this.viewport.set(from.width / picture.naturalWidth, from.left - stage.left, from.top - stage.top);
    return true;
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    if (!this.#enter()) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    zoom(this.viewport, Math.exp(-0.002 * lines * event.deltaY), onStage(this.viewport, event));
  }

  /** One finger moves a picture that is seen closer, two make it larger or smaller about their middle. @param {PointerEvent} event */
  #pointer(event) {
    const before = [...this.#pointers.values()];
    const known = this.#pointers.get(event.pointerId);
    if (event.type === "pointerdown" && this.picture && event.button === 0) this.#down(event);
    else if (event.type === "pointermove" && known) this.#moved(event, known, before);
    else if (known) this.#pointers.delete(event.pointerId);
    if (this.isOn) event.stopPropagation(); // a swipe chooses no label now
  }

  /** @param {PointerEvent} event */
  #down(event) {
    this.#pointers.set(event.pointerId, event);
    if (this.#pointers.size !== 2 || this.isOn) return;
    this.stage.dispatchEvent(new PointerEvent("pointercancel")); // the first finger's swipe
    this.#pointers.set(event.pointerId, event);
    this.#enter();
  }

  /** @param {PointerEvent} event @param {PointerEvent} known @param {PointerEvent[]} before */
  #moved(event, known, before) {
    this.#pointers.set(event.pointerId, event);
    if (!this.isOn) return;
    const share = 1 / this.#pointers.size;
    pan(this.viewport, share * (event.clientX - known.clientX), share * (event.clientY - known.clientY));
    const [a, b] = this.#pointers.values();
    const [c, d] = before;
    if (!a || !b || !c || !d) return;
    const middle = { clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 };
    zoom(this.viewport, apart(a, b) / (apart(c, d) || 1), onStage(this.viewport, middle));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape" || !this.#isChanged) return;
    this.leave();
    event.stopPropagation();
  }

  get #isChanged() {
    return this.isOn || this.#light > 0 || this.#contrast > 0 || this.#turn > 0 || Boolean(this.picture?.style.imageRendering);
  }

  #toolbar() {
    const bar = document.createElement("div");
    bar.className = "picture-tools";
    bar.role = "toolbar";
    bar.ariaLabel = "The picture";
    for (const [key, name] of TOOLS) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button quiet small";
      button.dataset["hotkey"] = key;
      button.setAttribute("aria-keyshortcuts", key ?? "");
      const cap = document.createElement("kbd");
      cap.textContent = (key ?? "").toUpperCase();
      button.append(`${name} `, cap);
      button.addEventListener("click", () => this.#change(key ?? ""));
      bar.append(button);
    }
    return bar;
  }

  /** @param {string} key */
  #change(key) {
    const { picture } = this;
    if (!picture) return;
    this.viewport.picture = picture; // so that leaving it takes everything back
    if (key === "b") this.#light = (this.#light + 1) % BRIGHTNESS.length;
    if (key === "k") this.#contrast = (this.#contrast + 1) % CONTRAST.length;
    if (key === "r") this.#rotate();
    if (key === "x") picture.style.imageRendering = getComputedStyle(picture).imageRendering === "pixelated" ? "auto" : "pixelated";
    picture.style.filter = `brightness(${BRIGHTNESS[this.#light]}%) contrast(${CONTRAST[this.#contrast]}%)`;
  }

  /** A quarter further, whole again. */
  #rotate() {
    if (!this.#enter()) return;
    this.#turn = (this.#turn + 1) % 4;
    const { stage, viewport } = this;
    const [width, height] = viewport.size;
    const [across, down] = this.#turn % 2 ? [height, width] : [width, height];
    const scale = Math.min(stage.clientWidth / across, stage.clientHeight / down, viewport.fitted);
    viewport.set(scale, (stage.clientWidth - scale * width) / 2, (stage.clientHeight - scale * height) / 2);
  }

  /** The picture has its place and size: turn it about its own middle. */
  #placed() {
    const { picture, size } = this.viewport;
    const [x, y] = [size[0] / 2, size[1] / 2];
    if (picture && this.#turn) {
      picture.style.transform += ` translate(${x}px, ${y}px) rotate(${90 * this.#turn}deg) translate(${-x}px, ${-y}px)`;
    }
  }
}

/** @param {PointerEvent} a @param {PointerEvent} b */
function apart(a, b) {
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
}
