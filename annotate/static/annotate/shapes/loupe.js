/** What lies under a finger, enlarged, at the corner that the finger is not near. */

const SIDE = 120;
const TIMES = 3;

export class Loupe {
  #canvas = document.createElement("canvas");

  constructor() {
    Object.assign(this.#canvas, { width: SIDE, height: SIDE, className: "shapes-loupe", hidden: true });
  }

  /** @param {HTMLElement} stage @param {HTMLImageElement} picture @param {[number, number] | null} at @param {import("./viewport.js").Viewport} view */
  show(stage, picture, at, view) {
    this.#canvas.hidden = !at;
    if (!at) return;
    if (!this.#canvas.isConnected) stage.append(this.#canvas);
    this.#canvas.toggleAttribute("data-right", at[0] * view.scale + view.x < stage.clientWidth / 2);
    const pen = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    const side = SIDE / (TIMES * view.scale);
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.drawImage(picture, at[0] - side / 2, at[1] - side / 2, side, side, 0, 0, SIDE, SIDE);
    pen.fillStyle = "#fff";
    pen.fillRect(SIDE / 2 - 0.5, SIDE / 2 - 14, 1, 28);
    pen.fillRect(SIDE / 2 - 14, SIDE / 2 - 0.5, 28, 1);
  }
}
