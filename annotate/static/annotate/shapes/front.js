/** What belongs to the shape that is worked on: its handles and size, the points of a new one, the grid of the keyboard. */

import { sign, svg, widthOf } from "./drawing.js";
import { bounds } from "./geometry.js";
import { drawnGrid } from "./grid.js";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./model.js").Shape} Shape
 * @typedef {import("./editor.js").Editor} Editor
 */

/** @param {Editor} editor @param {Shape | undefined} shape @returns {SVGElement[]} */
export function front({ drawing, model, pen, pointer, grid, view: { scale } }, shape) {
  const region = grid?.at(-1);
  const points = pen?.points.length ? [...pen.points, ...(pointer && !grid ? [pointer] : [])] : [];
  return [
    ...(shape ? [...handles(drawing, shape, model.vertex, scale), measure(drawing, shape, scale)] : []),
    ...(points.length ? path(points, scale) : []),
    ...(region ? drawnGrid(region, scale) : []),
  ];
}

/** @param {import("./drawing.js").Drawing} drawing @param {Shape} shape @param {number} vertex @param {number} scale */
function handles({ kind, colors }, { place, label }, vertex, scale) {
  if (kind.named) return named(kind, place, vertex, scale);
  const stroke = colors.get(label) ?? "#000";
  return kind.handles(place).map(([x, y], i) =>
    svg("rect", { class: i === vertex ? "handle chosen" : "handle", x: x * scale - 4, y: y * scale - 4, width: 8, height: 8, rx: 1, stroke }),
  );
}

/** The handle that is chosen, with its name. @param {import("./geometry.js").Kind} kind @param {any} place @param {number} vertex @param {number} scale */
function named(kind, place, vertex, scale) {
  const at = kind.handles(place)[vertex];
  if (!at) return [];
  const [x, y] = at.map((n) => n * scale);
  return [svg("circle", { class: "pen-point ring", cx: x, cy: y, r: 8 }), svg("text", { class: "cell named", x: Number(x) + 13, y: Number(y) + 5 }, kind.nameOf?.(place, vertex) ?? "")];
}

/** @param {import("./drawing.js").Drawing} drawing @param {Shape} shape @param {number} scale */
function measure({ kind }, { place }, scale) {
  const [x0, y0, x1, y1] = bounds(kind.outline(place));
  if (x0 === x1 && y0 === y1) return svg("g");
  const text = `${Math.round(x1 - x0)} × ${Math.round(y1 - y0)} px`;
  const width = widthOf(text) ?? 0;
  return sign(x1 * scale - width, y1 * scale + 8, text, "#17181c", "#fff");
}

/** @param {Point[]} points @param {number} scale */
function path(points, scale) {
  const scaled = points.map(([x, y]) => [x * scale, y * scale]);
  return [
    svg("polyline", { class: "under", points: scaled.join(" ") }),
    svg("polyline", { class: "pen", points: scaled.join(" ") }),
    ...scaled.map(([x, y]) => svg("circle", { class: "pen-point", cx: x, cy: y, r: 4 })),
  ];
}
