/** Draws shapes as SVG over the picture, in screen pixels from the picture's corner. Decides nothing. */

import { bounds } from "./geometry.js";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./geometry.js").Kind} Kind
 * @typedef {import("./model.js").Shape} Shape
 */

const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));

/** @param {string} name @param {Record<string, unknown>} [attributes] @param {(Node | string)[]} children */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

/** How wide a tag's text is. @type {Map<string, number>} */
const widths = new Map();
/** @param {string} text */
export function widthOf(text) {
  pen.font = "600 12px system-ui, sans-serif";
  if (!widths.has(text)) widths.set(text, pen.measureText(text).width + 12);
  return widths.get(text);
}

/** Dark text on light colours. @param {string} color */
function inkOn(color) {
  const [r = 0, g = 0, b = 0] = (color.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => parseInt(pair, 16));
  return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#17181c" : "#fff";
}

export class Drawing {
  root = svg("svg", { class: "shapes-overlay", "aria-hidden": "true" });
  /** A layer of its own: what changes with every move of the pointer does not paint the rest again. */
  front = svg("svg", { class: "shapes-overlay front", "aria-hidden": "true" });
  #shapes = svg("g");
  #top = svg("g");
  /** Of shapes that did not change since. @type {WeakMap<Shape, {scale: number, node: SVGElement}>} */
  #drawn = new WeakMap();

  /** @param {Kind} kind @param {Map<string, string>} colors */
  constructor(kind, colors) {
    this.kind = kind;
    this.colors = colors;
    this.root.append(this.#shapes);
    this.front.append(this.#top);
  }

  /** @param {number} x @param {number} y */
  pan(x, y) {
    for (const layer of [this.#shapes, this.#top]) layer.setAttribute("transform", `translate(${x} ${y})`);
  }

  /** @param {string} opacity */
  fade(opacity) {
    this.#shapes.setAttribute("opacity", opacity);
  }

  /** All shapes but the selected one. @param {Shape[]} shapes @param {number} scale */
  paint(shapes, scale) {
    const nodes = shapes.filter(({ hidden }) => !hidden).map((shape) => this.#node(shape, scale));
    const now = this.#shapes.children;
    if (nodes.length !== now.length || nodes.some((node, i) => node !== now[i])) this.#shapes.replaceChildren(...nodes);
  }

  /** What is being worked on: the selected shape or a new one, with what belongs to it. @param {Shape | null} shape @param {number} scale @param {SVGElement[]} more */
  paintTop(shape, scale, more) {
    this.#top.replaceChildren(...(shape ? [this.#make(shape, scale, "selected")] : []), ...more);
  }

  /** @param {Shape} shape @param {number} scale */
  #node(shape, scale) {
    const known = this.#drawn.get(shape);
    if (known?.scale === scale) return known.node;
    const node = this.#make(shape, scale);
    this.#drawn.set(shape, { scale, node });
    return node;
  }

  /** @param {Shape} shape @param {number} scale @param {string} state */
  #make(shape, scale, state = "") {
    const { suggested, label } = shape;
    const color = this.colors.get(label) ?? "#8a8a8a";
    const outline = /** @type {Point[]} */ (this.kind.outline(shape.place).map((point) => point.map((n) => n * scale)));
    const line = (/** @type {Record<string, unknown>} */ more) => {
      const [[x = 0, y = 0] = []] = outline;
      if (outline.length === 1) return svg("circle", { cx: x, cy: y, r: 6, ...more });
      return svg(this.kind.closed ? "polygon" : "polyline", { points: outline.join(" "), ...more });
    };
    const figure = this.kind.figure?.(shape.place, scale, color) ?? [
      line({ class: "under" }), line({ class: "line", stroke: color, fill: outline.length === 1 ? color : state && this.kind.closed ? `${color}22` : "none" }),
    ]; // prettier-ignore
    return svg("g", { class: `shape ${state}${suggested === undefined ? "" : " suggested"}` }, ...figure,
      this.#tag(outline, suggested === undefined ? label : `${label}${suggested === null ? "" : ` ${Math.round(100 * suggested)} %`}`, suggested === undefined ? color : "#ffffff"),
    ); // prettier-ignore
  }

  /** @param {Point[]} outline @param {string} text @param {string} color */
  #tag(outline, text, color) {
    const [x, top] = bounds(outline);
    const y = outline.length === 1 ? top - 30 : top < 20 ? top + 1 : top - 21;
    return svg("g", { class: "tag", transform: `translate(${x - 1} ${y})` },
      svg("rect", { width: widthOf(text), height: 20, rx: 3, fill: color }),
      svg("text", { x: 6, y: 14, fill: inkOn(color) }, text)); // prettier-ignore
  }
}
