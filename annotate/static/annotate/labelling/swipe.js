/** Swiping to one of two labels: left is the first, right the second. */

const FAR = 0.22; // of the width
const STEADY = 1.5; // times as far across as up or down

/**
 * Which way a drag decides: -1 left, 1 right, 0 not (yet).
 * @param {number} dx
 * @param {number} dy
 * @param {number} width
 */
export function decided(dx, dy, width) {
  return Math.abs(dx) < Math.max(56, FAR * width) || Math.abs(dx) < STEADY * Math.abs(dy) ? 0 : Math.sign(dx);
}

/**
 * The item follows the finger; letting go far enough chooses.
 * @param {HTMLElement} stage
 * @param {(side: number) => void} leaning called while dragging
 * @param {(side: number) => void} choose called at the end with -1 or 1
 */
export function watchSwipes(stage, leaning, choose) {
  /** @type {{id: number, x: number, y: number} | null} */
  let from = null;

  /** @param {PointerEvent} event */
  const side = (event) => (from ? decided(event.clientX - from.x, event.clientY - from.y, stage.clientWidth) : 0);
  const rest = () => {
    from = null;
    stage.style.translate = "";
    leaning(0);
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" && event.isPrimary) from = { id: event.pointerId, x: event.clientX, y: event.clientY };
  });
  stage.addEventListener("pointermove", (event) => {
    if (event.pointerId !== from?.id) return;
    stage.style.translate = `${event.clientX - from.x}px`;
    leaning(side(event));
  });
  stage.addEventListener("pointerup", (event) => {
    if (event.pointerId !== from?.id) return;
    const chosen = side(event);
    rest();
    if (chosen) choose(chosen);
  });
  stage.addEventListener("pointercancel", rest);
}
