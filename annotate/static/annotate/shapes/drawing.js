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

/** Put these nodes into a parent; those that are in their place are not touched. @param {Element} parent @param {Element[]} nodes */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const node of [...parent.children]) if (!wanted.has(node)) node.remove();
  let next = parent.firstElementChild;
  for (const node of nodes) {
    if (node === next) next = node.nextElementSibling;
    else parent.insertBefore(node, next);
  }
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

const EDGE = 400; // px beside the picture in which names and sizes lie

export class Drawing {
  shapes = svg("g");
  /** A layer of its own: what changes with every move of the pointer does not paint the rest again. */
  #top = svg("g");
  root = svg("svg", { class: "shapes-overlay", "aria-hidden": "true" }, this.shapes);
  front = svg("svg", { class: "shapes-overlay front", "aria-hidden": "true" }, this.#top);
  /** Nothing to see, but the layer's extent stays the same: Chromium arranges all layers anew where one's changes. */
  #ground = svg("rect");
  /** Of shapes that did not change since. @type {WeakMap<Shape, {scale: number, node: SVGElement}>} */
  #drawn = new WeakMap();

  /** @param {Kind} kind @param {Map<string, string>} colors */
  constructor(kind, colors) {
    this.kind = kind;
    this.colors = colors;
  }

  /** By whole pixels: letters stay sharp. @param {number} x @param {number} y */
  pan(x, y) {
    this.shapes.style.transform = this.#top.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  /** How large the picture is seen. @param {number} width @param {number} height */
  spread(width, height) {
    this.#ground = svg("rect", { x: -EDGE, y: -EDGE, width: width + 2 * EDGE, height: height + 2 * EDGE, fill: "#0000" });
  }

  /** It is drawn in front alone from now on. @param {Shape} shape */
  lift(shape) {
    this.#drawn.get(shape)?.node.remove();
  }

  /**
   * One that is merely selected stays where it is, below its copy in front: so the layer of all is not painted again.
   * @param {Shape[]} shapes @param {Shape | undefined} selected @param {number} scale
   */
  paint(shapes, selected, scale) {
    const behind = shapes.filter((shape) => !shape.hidden && (shape !== selected || this.#drawn.get(shape)?.node.isConnected));
    arrange(this.shapes, behind.map((shape) => this.#node(shape, scale)));
  }

  /** What is being worked on: the selected shape or a new one, with what belongs to it. @param {Shape | undefined} shape @param {number} scale @param {SVGElement[]} more */
  paintTop(shape, scale, more) {
    this.#top.replaceChildren(this.#ground, ...(shape ? [this.#make(shape, scale, "selected")] : []), ...more);
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
    return sign(x - 1, y, text, color, inkOn(color));
  }
}

/** Words on a ground. No transform: each would be a layer to Chromium. @param {number} x @param {number} y @param {string} text @param {string} ground @param {string} ink */
export function sign(x, y, text, ground, ink) {
  return svg("g", { class: "tag" },
    svg("rect", { x, y, width: widthOf(text), height: 20, rx: 3, fill: ground }),
    svg("text", { x: x + 6, y: y + 14, fill: ink }, text)); // prettier-ignore
}
