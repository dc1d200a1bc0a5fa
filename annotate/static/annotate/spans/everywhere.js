/**
 * The same words elsewhere in a text.
 *
 * @typedef {import("../tasktypes/spans.js").Part} Part
 */

import { inTheWay } from "./text.js";

const WORD = /[\p{L}\p{N}\p{M}_]/u;

/**
 * Where else the same words stand as words of their own.
 * @param {string} text @param {{start: number, end: number}} span @returns {{start: number, end: number}[]}
 */
export function copies(text, { start, end }) {
  const piece = text.slice(start, end);
  const others = [];
  for (let at = text.indexOf(piece); at >= 0; at = text.indexOf(piece, at + piece.length)) {
    const behind = at + piece.length;
    if (at !== start && !joined(text, at) && !joined(text, behind)) others.push({ start: at, end: behind });
  }
  return others;
}

/** Whether a word goes on across this place. @param {string} text @param {number} place */
function joined(text, place) {
  const before = text.slice(Math.max(0, place - 2), place);
  return WORD.test([...before].at(-1) ?? "") && WORD.test(String.fromCodePoint(text.codePointAt(place) ?? 32));
}

/**
 * Parts like this one at the other places, where no span is in the way.
 * @param {string} text @param {Part} about @param {Part[]} spans @param {string} overlap @returns {Part[]}
 */
export function repeated(text, about, spans, overlap) {
  const parts = copies(text, about).map((place) => ({ ...place, label: about.label, origin: /** @type {const} */ ("repeated") }));
  return parts.filter((part) => !inTheWay(spans, part, overlap).length);
}
