/** What keys do to the shapes; all of it is possible without a pointer. */

import { shortcut } from "../keys.js";
import { inGrid, startGrid } from "./grid.js";
import { copyFormer, leave, startPen } from "./pen.js";
import { accept, acceptAll, copy, hide, hideAll, move, remove } from "./changes.js";
import { show } from "./zoom.js";

/**
 * @typedef {import("./editor.js").Editor} Editor
 * @typedef {import("./geometry.js").Point} Point
 */

/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Whether the key was for the shapes. @param {Editor} editor @param {KeyboardEvent} event */
export function pressed(editor, event) {
  const { model } = editor;
  const { singleKeys } = editor.tools;
  if (editor.grid && inGrid(editor, event)) return true;
  const arrow = ARROWS[event.key];
  if (arrow) return arrows(editor, arrow, event);
  if (event.key === " ") return space(editor, event, singleKeys);
  if (event.key === "Tab") return tab(editor, event.shiftKey ? -1 : 1);
  if (event.key === "Escape") return leave(editor);
  if (event.key === "Enter" && editor.pen) return editor.finish();
  if (event.key === "Delete" || event.key === "Backspace") return erase(editor);
  if ((event.ctrlKey || event.metaKey) && event.key === "d" && model.current) {
    return Boolean(copy(model, [model.current])) || true;
  }
  if (event.shiftKey && event.key === "Y" && model.waiting.length) return Boolean(acceptAll(model)) || true;
  const key = shortcut(event, singleKeys);
  const action = key && LETTERS[key];
  return action ? action(editor) !== false : false;
}

/** What a letter does; false: nothing here. @type {Record<string, (editor: Editor) => boolean | void>} */
const LETTERS = {
  u: (editor) => editor.undo(),
  n: startGrid,
  x: startPen,
  v: copyFormer,
  h: ({ model }) => (model.current ? hide(model, model.selected) : hideAll(model)),
  y: ({ model }) => {
    const index = model.current?.suggested === undefined ? model.shapes.findIndex((shape) => shape.suggested !== undefined) : model.selected;
    if (index < 0) return false;
    accept(model, index);
  },
  z: ({ view, model }) => (view.scale > view.fitted * 1.01 || !model.current ? view.fit() : show(view, model.outline(model.current))),
};

/** @param {Editor} editor @param {Point} arrow @param {KeyboardEvent} event */
function arrows(editor, [dx, dy], event) {
  const { model } = editor;
  const { current, kind } = model;
  const step = event.shiftKey ? 10 : 1;
  if (!current || event.ctrlKey || event.metaKey) return false;
  if (!event.altKey && model.vertex < 0) {
    move(model, [dx * step, dy * step], event.repeat);
    return true;
  }
  const handles = kind.handles(current.place);
  const chosen = model.vertex >= 0 ? model.vertex : nearest(handles, kind.ends?.[dx ? 0 : 1] ?? [...handles.keys()], editor.pointer);
  const from = handles[chosen];
  if (!from) return true;
  const to = /** @type {Point} */ ([from[0] + dx * step, from[1] + dy * step]);
  model.edit({ place: kind.dragged(current.place, chosen, editor.inside(to)) }, event.repeat);
  return true;
}

/** Of some handles the one nearest the pointer; without one the last. @param {Point[]} handles @param {number[]} of @param {Point | null} pointer */
function nearest(handles, of, pointer) {
  if (!pointer) return of.at(-1) ?? -1;
  const distance = (/** @type {number} */ i) => Math.hypot((handles[i]?.[0] ?? 0) - pointer[0], (handles[i]?.[1] ?? 0) - pointer[1]);
  return of.toSorted((a, b) => distance(a) - distance(b))[0] ?? -1;
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
  show(view, model.outline(shape), 0.4);
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
  else remove(model, model.selected);
  return true;
}
