/** Shapes begun by a button or a key: point by point, or copied. */

import { copy } from "./changes.js";

/** @typedef {import("./editor.js").Editor} Editor */

/** Begin a shape point by point: four extreme points of a box, corners of a polygon. @param {Editor} editor */
export function startPen(editor) {
  const { corners } = editor.model.kind;
  editor.pen = { points: [], corners: corners === 2 ? 4 : corners };
  editor.model.select(-1);
  editor.announce(/** @type {HTMLElement} */ (document.querySelector("[data-pen-hint]")).dataset["penHint"] ?? "");
}

/** @param {Editor} editor */
export function copyFormer(editor) {
  const { former, model } = editor;
  const { noun, nouns } = model.kind;
  if (!former.length) return editor.announce("There is nothing to copy from the former picture.");
  copy(model, former);
  editor.announce(`${former.length} ${former.length > 1 ? nouns : noun} copied from the former picture.`);
}

/** Escape: leave what was begun, then what is selected. @param {Editor} editor */
export function leave(editor) {
  const something = editor.pen !== null || editor.grid !== null || editor.model.current !== undefined;
  if (editor.pen || editor.grid) {
    editor.pen = null;
    editor.closeGrid();
    editor.paint();
  } else if (something) editor.model.select(-1);
  return something;
}
