/** What keys do to the shapes; all of it is possible without a pointer. */

import { shortcut } from "../keys.js";
import { cellOf } from "./geometry.js";

/**
 * @typedef {import("./editor.js").Editor} Editor
 * @typedef {import("./geometry.js").Point} Point
 */

/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** The sixteen keys at the left of any keyboard, by their place. */
const CELLS = "Digit1 Digit2 Digit3 Digit4 KeyQ KeyW KeyE KeyR KeyA KeyS KeyD KeyF KeyZ KeyX KeyC KeyV".split(" ");
const FINEST = 4; // pixels: the middle of such a cell is at most two from anything in it

/** Whether the key was for the shapes. @param {Editor} editor @param {KeyboardEvent} event @param {boolean} singleKeys */
export function pressed(editor, event, singleKeys) {
  const { model } = editor;
  if (!editor.editable) return false;
  if (editor.grid && inGrid(editor, event)) return true;
  const arrow = ARROWS[event.key];
  if (arrow) return arrows(editor, arrow, event);
  if (event.key === " ") return space(editor, event, singleKeys);
  if (event.key === "Tab") return tab(editor, event.shiftKey ? -1 : 1);
  if (event.key === "Escape") return editor.leave();
  if (event.key === "Enter" && editor.pen) return editor.finish();
  if (event.key === "Delete" || event.key === "Backspace") return erase(editor);
  if ((event.ctrlKey || event.metaKey) && event.key === "d" && model.current) {
    return Boolean(model.copy([model.current])) || true;
  }
  if (event.shiftKey && event.key === "Y" && model.waiting.length) return Boolean(model.acceptAll()) || true;
  const key = shortcut(event, singleKeys);
  const action = key && LETTERS[key];
  return action ? action(editor) !== false : false;
}

/** What a letter does; false: nothing here. @type {Record<string, (editor: Editor) => boolean | void>} */
const LETTERS = {
  u: ({ model }) => model.undo(),
  n: (editor) => editor.startGrid(),
  x: (editor) => editor.startPen(),
  v: (editor) => editor.copyFormer(),
  h: ({ model }) => (model.current ? model.hide(model.selected) : model.hideAll()),
  y: ({ model }) => {
    const index = model.current?.suggested === undefined ? model.shapes.findIndex((shape) => shape.suggested !== undefined) : model.selected;
    if (index < 0) return false;
    model.accept(index);
  },
  z: ({ view, model }) => (view.scale > view.fitted * 1.01 || !model.current ? view.fit() : view.show(model.outline(model.current))),
};

/** @param {Editor} editor @param {Point} arrow @param {KeyboardEvent} event */
function arrows(editor, [dx, dy], event) {
  const { model } = editor;
  const { current, kind } = model;
  const step = event.shiftKey ? 10 : 1;
  if (!current || event.ctrlKey || event.metaKey) return false;
  if (!event.altKey && model.vertex < 0) {
    model.move([dx * step, dy * step], event.repeat);
    return true;
  }
  const handles = kind.handles(current.place);
  const chosen = model.vertex >= 0 ? model.vertex : kind.nearest?.(current.place, editor.pointer, dx !== 0) ?? -1;
  const from = handles[chosen];
  if (!from) return true;
  const to = /** @type {Point} */ ([from[0] + dx * step, from[1] + dy * step]);
  model.edit({ place: kind.dragged(current.place, chosen, editor.inside(to)) }, event.repeat);
  return true;
}

/** Held, it pans; alone, it skips. @param {Editor} editor @param {KeyboardEvent} event @param {boolean} singleKeys */
function space(editor, event, singleKeys) {
  if (event.repeat) return true;
  const skips = shortcut(event, singleKeys) === "Space";
  editor.panning = true;
  editor.panned = false;
  const up = (/** @type {KeyboardEvent} */ { key }) => {
    if (key !== " ") return;
    removeEventListener("keyup", up);
    editor.panning = false;
    if (skips && !editor.panned) /** @type {HTMLElement | null} */ (document.querySelector('.acts [value="skip"]'))?.click();
  };
  addEventListener("keyup", up);
  return true;
}

/** To the next shape; after the last one the focus goes on. @param {Editor} editor @param {1 | -1} step */
function tab({ model, view, announce }, step) {
  const next = model.selected < 0 && step < 0 ? model.shapes.length - 1 : model.selected + step;
  const shape = model.shapes[next];
  model.select(shape ? next : -1);
  if (!shape) return false;
  view.show(model.outline(shape), 0.4);
  announce(`${shape.label}, ${next + 1} of ${model.shapes.length}${shape.suggested === undefined ? "" : ", suggested: Y accepts it, Delete drops it"}.`);
  return true;
}

/** @param {Editor} editor */
function erase({ model, pen, paint }) {
  if (pen?.points.length) {
    pen.points.pop();
    paint();
    return true;
  }
  const { current, vertex, kind } = model;
  if (!current) return false;
  const place = vertex >= 0 && kind.insert ? current.place.toSpliced(vertex, 1) : null;
  if (place && kind.valid(place)) model.edit({ place });
  else model.remove(model.selected);
  return true;
}

/** Two bits a direction with each key, until the cell is fine enough. @param {Editor} editor @param {KeyboardEvent} event */
function inGrid(editor, event) {
  const cell = CELLS.indexOf(event.code);
  const region = editor.grid?.at(-1);
  if (!region || event.ctrlKey || event.metaKey) return false;
  if (event.key === "Backspace" && (editor.grid?.length ?? 0) > 1) {
    editor.grid?.pop();
  } else if (cell >= 0) {
    const smaller = cellOf(region, cell);
    editor.grid?.push(smaller);
  } else if (event.key === "Enter" && (editor.grid?.length ?? 0) < 2) {
    return editor.finish();
  } else if (event.key !== "Enter") return false;
  const now = /** @type {number[]} */ (editor.grid?.at(-1));
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = now;
  const fine = Math.max(x1 - x0, y1 - y0) <= FINEST;
  if (fine || event.key === "Enter") editor.gridPoint([(x0 + x1) / 2, (y0 + y1) / 2]);
  else editor.look(now);
  return true;
}
