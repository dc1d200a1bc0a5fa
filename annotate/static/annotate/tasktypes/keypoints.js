/** Keypoints: the named joints of each object, a click each in their order, with the bones between them. */

import { svg } from "../shapes/drawing.js";
import { annotate, Editor } from "../shapes/editor.js";

/**
 * @typedef {import("../shapes/geometry.js").Point} Point
 * @typedef {Record<string, [number, number, number]>} Place   left, top and visibility (2, or 1 for hidden) of each joint
 */

const list = /** @type {HTMLElement} */ (document.querySelector("[data-joints]"));
const joints = [...list.children].map((row) => row.querySelector("button")?.textContent ?? "");
const edges = (list.dataset["edges"] ?? "").split("\n").map((edge) => edge.trim().split(" – "));

/** The ends of each bone. @param {Place} place */
const bones = (place) => edges.flatMap(([a = "", b = ""]) => (place[a] && place[b] ? [[place[a], place[b]]] : []));

/** @type {Skeletons} */
let editor;

export class Skeletons extends Editor {
  joints = joints;
  bones = bones;
  /** The object whose joints are being placed; -1 for none. */
  object = -1;
  /** The joint that was chosen to be placed next; -1 for the one behind the last. */
  chosen = -1;
  /** Loaded beside the first picture. @type {import("../shapes/joints.js").Joints | undefined} */
  more;

  /** @override */
  async prepare() {
    editor = this;
    const { Joints } = await import("../shapes/joints.js");
    this.more ??= new Joints(this, list);
  }

  /** The number of the joint that the next point places, be it of a new object. */
  get joint() {
    const { current, selected } = this.model;
    const next = current && selected !== this.object ? joints.length : this.chosen;
    return next < 0 ? 1 + joints.findLastIndex((name) => current?.place[name]) : next;
  }

  /** @override */
  get open() {
    return Boolean(this.model.current && joints[this.joint]);
  }

  /** @override @param {Place} place */
  add(place) {
    if (this.more) this.more.add(place);
    else this.prepare().then(() => this.add(this.model.kind.place(/** @type {any} */ (Object.values(place)))));
  }

  /** @override @param {Point} point */
  point(point) {
    const byKeys = this.grid;
    super.point(point);
    if (byKeys && this.open) this.extras?.startGrid(this);
  }

  /** @override */
  undo() {
    const undone = super.undo();
    this.more?.goOn();
    return undone;
  }

  /** @override */
  paint() {
    if (this.model.selected !== this.object) this.object = this.chosen = -1;
    super.paint();
    this.more?.paint();
  }

  /** @override @param {KeyboardEvent} event */
  key(event) {
    return this.more?.pressed(event) || super.key(event);
  }
}

annotate(
  {
    key: "keypoints",
    noun: "object",
    nouns: "objects",
    closed: false,
    corners: 1,
    named: true,
    outline: (place) => joints.flatMap((name) => (place[name] ? [place[name].slice(0, 2)] : [])),
    place: ([point]) => editor?.more?.placed(/** @type {Point} */ (point)) ?? { "": point },
    valid: () => true,
    handles: (place) => editor.model.kind.outline(place),
    dragged: (place, handle, to) => editor.more?.dragged(place, handle, to),
    figure(place, scale, color) {
      const d = bones(place).map((bone) => `M${bone.map(([x = 0, y = 0]) => [x * scale, y * scale]).join("L")}`).join("");
      const dots = Object.values(/** @type {Place} */ (place)).map(([x, y, seen]) =>
        svg("circle", { class: "joint", cx: x * scale, cy: y * scale, r: 5, fill: seen > 1 ? color : "#fff", stroke: seen > 1 ? "#fff" : color }),
      );
      return [svg("path", { class: "under", d }), svg("path", { class: "line", d, stroke: color }), ...dots];
    },
  },
  Skeletons,
);
