/** By keyboard: sixteen keys choose a cell of the picture, then of that cell, until it is a point. */

import { belongsTo } from "../keys.js";
import { cellOf, cellOfKey } from "./cells.js";
import { svg } from "./drawing.js";
import { show } from "./zoom.js";

/** @typedef {import("./editor.js").Editor} Editor */

const LETTERS = "1234QWERASDFZXCV";
const FINEST = 4; // pixels: the middle of such a cell is at most two from anything in it
let listening = false;

/** @param {Editor} editor */
export function startGrid(editor) {
  const { model } = editor;
  if (!editor.open) model.select(-1);
  editor.pen ??= { points: [], corners: model.kind.corners };
  begin(editor);
  takeKeys(editor);
  editor.announce("Choose a cell by its key, again and again; Backspace is one back, Enter takes the middle, Escape leaves.");
  editor.paint();
}

/** While it is open, its keys come before those of the screen, of which some open a sheet. @param {Editor} editor */
function takeKeys(editor) {
  if (listening) return;
  listening = true;
  addEventListener("keydown", pressed, true);
  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (!editor.grid) {
      removeEventListener("keydown", pressed, true);
      listening = false;
    } else if (cellOfKey(event.code) >= 0 && !isElsewhere(event) && inGrid(editor, event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }
}

/** Whether the key is typed into a field, or something lies over the picture. @param {KeyboardEvent} event */
function isElsewhere({ target, key }) {
  return belongsTo(target instanceof Element ? target : null, key) || document.querySelector(":popover-open, dialog[open]") !== null;
}

/** @param {Editor} editor */
function begin(editor) {
  const [width, height] = editor.model.size;
  editor.grid = [[0, 0, width, height]];
  editor.view.fit();
}

/** Two bits a direction with each key, until the cell is fine enough. @param {Editor} editor @param {KeyboardEvent} event */
export function inGrid(editor, event) {
  const cell = cellOfKey(event.code);
  const region = editor.grid?.at(-1);
  if (!region || event.ctrlKey || event.metaKey) return false;
  if (event.key === "Backspace" && (editor.grid?.length ?? 0) > 1) {
    editor.grid?.pop();
  } else if (cell >= 0) {
    editor.grid?.push(cellOf(region, cell));
  } else if (event.key === "Enter" && (editor.grid?.length ?? 0) < 2) {
    return editor.finish();
  } else if (event.key !== "Enter") return false;
  const now = /** @type {number[]} */ (editor.grid?.at(-1));
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = now;
  const fine = Math.max(x1 - x0, y1 - y0) <= FINEST;
  if (fine || event.key === "Enter") {
    begin(editor);
    editor.point([(x0 + x1) / 2, (y0 + y1) / 2]);
  } else look(editor, now);
  return true;
}

/** Zoom to where the cells are small. @param {Editor} editor @param {number[]} region */
function look(editor, [x0 = 0, y0 = 0, x1 = 0, y1 = 0]) {
  if ((x1 - x0) * editor.view.scale < 240) show(editor.view, [[x0, y0], [x1, y1]]); // prettier-ignore
  editor.paint();
}

/** Sixteen cells with their keys; tiny ones without. @param {number[]} region @param {number} scale */
export function drawnGrid(region, scale) {
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = region.map((n) => n * scale);
  const at = (/** @type {number} */ i) => [x0 + ((x1 - x0) * i) / 4, y0 + ((y1 - y0) * i) / 4];
  const lines = [0, 1, 2, 3, 4].map((i) => `M${at(i)[0]} ${y0}V${y1}M${x0} ${at(i)[1]}H${x1}`).join("");
  const letters = [...LETTERS].map((letter, i) =>
    svg("text", { class: "cell", x: x0 + ((x1 - x0) * ((i % 4) + 0.5)) / 4, y: y0 + ((y1 - y0) * ((i >> 2) + 0.5)) / 4 + 5 }, letter),
  );
  return [svg("path", { class: "grid-under", d: lines }), svg("path", { class: "grid", d: lines }), ...(x1 - x0 > 70 ? letters : [])];
}
