/** What moves and deletes shapes, changes many at once, or how they are seen. */

import { moved } from "./moving.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Shape} Shape
 */

/** The selected shape, as far as the picture goes. @param {Model} model @param {import("./geometry.js").Point} by */
export function move(model, by, goesOn = false) {
  const { current } = model;
  if (current) model.edit({ place: moved(current.place, by, model.outline(current), model.size) }, goesOn);
}

/** @param {Model} model @param {number} index */
export function remove(model, index) {
  const next = model.shapes[index]?.suggested === undefined ? -1 : model.shapes.findIndex((shape, i) => i !== index && shape.suggested !== undefined);
  model.set(model.shapes.toSpliced(index, 1), next > index ? next - 1 : next);
}

/** Accept a suggestion; `next` is selected then, the next suggestion unless told. @param {Model} model @param {number} index @param {number} [next] */
export function accept(model, index, next) {
  const { suggested, ...shape } = /** @type {Shape} */ (model.shapes[index]);
  const shapes = model.shapes.with(index, { ...shape, origin: "accepted" });
  model.set(shapes, next ?? shapes.findIndex((other) => other.suggested !== undefined));
}

/** @param {Model} model */
export function acceptAll(model) {
  const shapes = model.shapes.map(({ suggested, ...shape }) => (suggested === undefined ? shape : { ...shape, origin: "accepted" }));
  model.set(shapes, -1);
}

/** Whether it is seen; no part of the answer. @param {Model} model @param {number} index */
export function hide(model, index, hidden = !model.shapes[index]?.hidden) {
  const shape = /** @type {Shape} */ (model.shapes[index]);
  model.shapes = model.shapes.with(index, { ...shape, hidden });
  model.changed(false);
}

/** @param {Model} model */
export function hideAll(model) {
  const hidden = model.shapes.some((shape) => !shape.hidden);
  model.shapes = model.shapes.map((shape) => ({ ...shape, hidden }));
  model.changed(false);
}

/** Shapes of another picture, as far as they are on this one. @param {Model} model @param {Shape[]} shapes */
export function copy(model, shapes) {
  const copies = shapes.map(({ place, label }) => ({ place: moved(place, [0, 0], model.kind.outline(place), model.size), label, origin: "repeated" }));
  if (copies.length) model.set([...model.shapes, ...copies], -1);
}
