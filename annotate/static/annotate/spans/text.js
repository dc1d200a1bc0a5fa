/**
 * Spans of a text as arithmetic. The screen counts UTF-16 units, as its selections do; values count code points, as
 * Python does. Knows no document.
 *
 * @typedef {{start: number, end: number, label: string}} Span
 */

const SURROGATE = /[\ud800-\udfff]/;
const PICTURE = /\p{Extended_Pictographic}|\p{RI}/u;
const OUTER = /^[\s\p{P}]+|[\s\p{P}]+$/gu;

/**
 * The two ways of counting the places of a text.
 * @param {string} text
 * @returns {{points(unit: number): number, units(point: number): number}}
 */
export function counter(text) {
  if (!SURROGATE.test(text)) return { points: (unit) => unit, units: (point) => point };
  const unitOf = [0];
  const pointOf = new Uint32Array(text.length + 1);
  for (const character of text) {
    const unit = Number(unitOf.at(-1)) + character.length;
    pointOf.fill(unitOf.length, unit - character.length + 1, unit + 1);
    unitOf.push(unit);
  }
  return { points: (unit) => pointOf[unit] ?? 0, units: (point) => unitOf[point] ?? text.length };
}

/** Where the words and pictures of a text begin and end. @param {string} text @returns {[number, number][]} */
export function words(text) {
  /** @type {[number, number][]} */
  const pairs = [];
  for (const { segment, index, isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)) {
    if (isWordLike || PICTURE.test(segment)) pairs.push([index, index + segment.length]);
  }
  return pairs;
}

/**
 * The number of the last word that begins at or before this place; -1 before the first.
 * @param {[number, number][]} words @param {number} place
 */
export function wordBefore(words, place) {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle]?.[0] ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * A selection grown to whole words, without white space and punctuation at its ends; null when nothing is left.
 * @param {string} text @param {[number, number][]} words @param {number} start @param {number} end
 */
export function snapped(text, words, start, end) {
  const first = words[wordBefore(words, start)];
  const last = words[wordBefore(words, end - 1)];
  if (first && first[0] < start && start < first[1]) start = first[0];
  if (last && last[0] < end && end < last[1]) end = last[1];
  return trimmed(text, start, end);
}

/**
 * @param {string} text @param {number} start @param {number} end
 * @returns {{start: number, end: number} | null} null when it is white space
 */
export function trimmed(text, start, end) {
  const piece = text.slice(start, end);
  const [outer, inner] = [piece.replace(OUTER, ""), piece.trim()];
  const kernel = outer || inner;
  if (!kernel) return null;
  const from = start + piece.indexOf(kernel);
  return { start: from, end: from + kernel.length };
}

/**
 * The spans that may not lie beside this one, as the project's setting says.
 * @template {Span} T
 * @param {T[]} spans @param {Span} span @param {string} overlap none, labels or free
 * @returns {T[]}
 */
export function inTheWay(spans, span, overlap) {
  return spans.filter(
    (other) =>
      other.start < span.end &&
      span.start < other.end &&
      (overlap === "none" || (other.label === span.label && (overlap === "labels" || same(other, span)))),
  );
}

/** @param {Span} a @param {Span} b */
export function same(a, b) {
  return a.start === b.start && a.end === b.end && a.label === b.label;
}

/** @param {Span} a @param {Span} b */
export function byPlace(a, b) {
  return a.start - b.start || a.end - b.end || (a.label < b.label ? -1 : 1);
}

/**
 * The next of these spans behind one of them; from the last, the first.
 * @template {Span} T
 * @param {T} span @param {T[]} spans @returns {T | null}
 */
export function following(span, spans) {
  const others = spans.filter((other) => other !== span);
  return others.find((other) => byPlace(other, span) > 0) ?? others[0] ?? null;
}
