/** Which part of the picture is seen, and how large. */

/** @typedef {import("./geometry.js").Point} Point */

export const LARGEST = 40; // screen pixels for one of the picture
const MARGIN = 12;

export class Viewport {
  scale = 1;
  x = 0;
  y = 0;
  /** @type {Point} */
  size = [1, 1];
  /** @type {HTMLImageElement | undefined} */
  picture;
  /** Of the stage, as it was measured last: to ask it costs a layout. @type {Point} */
  room = [1, 1];

  /** @param {HTMLElement} stage @param {(zoomed: boolean) => void} changed */
  constructor(stage, changed) {
    this.stage = stage;
    this.changed = changed;
  }

  measure() {
    this.room = [this.stage.clientWidth, this.stage.clientHeight];
  }

  get fitted() {
    const [width, height] = this.room;
    return Math.min((width - 2 * MARGIN) / this.size[0], (height - 2 * MARGIN) / this.size[1], LARGEST);
  }

  /** The whole picture. */
  fit() {
    const [width, height] = this.room;
    this.set(this.fitted, (width - this.size[0] * this.fitted) / 2, (height - this.size[1] * this.fitted) / 2);
  }

  /** @param {number} scale @param {number} x @param {number} y */
  set(scale, x, y) {
    const zoomed = scale !== this.scale;
    const keep = 60; // of the picture always stays in sight
    const [left = 0, top = 0] = this.room.map((room, i) => {
      const margin = Math.min(keep, room / 2);
      return Math.min(Math.max(i ? y : x, margin - (this.size[i] ?? 1) * scale), room - margin);
    });
    [this.scale, this.x, this.y] = [scale, left, top];
    if (this.picture) {
      this.picture.style.transform = `translate(${this.x}px, ${this.y}px) scale(${scale})`;
      this.picture.toggleAttribute("data-coarse", scale >= 6);
    }
    this.changed(zoomed);
  }

  /** A place of the window on the picture. @param {{clientX: number, clientY: number}} event @returns {Point} */
  at({ clientX, clientY }) {
    const { left, top } = this.stage.getBoundingClientRect();
    return [(clientX - left - this.x) / this.scale, (clientY - top - this.y) / this.scale];
  }
}
