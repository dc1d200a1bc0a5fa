/** The sixteen cells of a region, and the keys that stand for them. */

/** The sixteen keys at the left of any keyboard, by their place. */
const CELLS = "Digit1 Digit2 Digit3 Digit4 KeyQ KeyW KeyE KeyR KeyA KeyS KeyD KeyF KeyZ KeyX KeyC KeyV".split(" ");

/** The number of the cell, -1 of another key. @param {string} code */
export function cellOfKey(code) {
  return CELLS.indexOf(code);
}

/** One of the 4 × 4 cells of a region. @param {number[]} region @param {number} cell */
export function cellOf([x0 = 0, y0 = 0, x1 = 0, y1 = 0], cell) {
  const [width, height, column, row] = [(x1 - x0) / 4, (y1 - y0) / 4, cell % 4, cell >> 2];
  return [x0 + column * width, y0 + row * height, x0 + (column + 1) * width, y0 + (row + 1) * height];
}
