/** The ends of a span, moved by keys and dragged; and the words of the lines above and below. */

import { snapped } from "./text.js";

/**
 * @typedef {import("./painter.js").Painter} Painter
 * @typedef {"start" | "end"} Side
 */

/**
 * A span with an end moved by one word, or where there are no words by one character; null where it cannot go.
 * @param {string} text @param {[number, number][] | null} words @param {{start: number, end: number}} span @param {Side} side
 * @param {-1 | 1} step
 */
export function moved(text, words, { start, end }, side, step) {
  const from = side === "end" ? end : start;
  const to = words ? nextWord(words, from, side, step) : nextCharacter(text, from, step);
  const place = { start, end, [side]: to };
  return place.start < place.end && to !== from ? place : null;
}

/** @param {[number, number][]} words @param {number} from @param {Side} side @param {-1 | 1} step */
function nextWord(words, from, side, step) {
  const ends = words.map((word) => word[side === "end" ? 1 : 0]);
  return (step > 0 ? ends.find((end) => end > from) : ends.findLast((end) => end < from)) ?? from;
}

/** @param {string} text @param {number} from @param {-1 | 1} step */
function nextCharacter(text, from, step) {
  const [character = ""] = step > 0 ? [...text.slice(from, from + 2)] : [...text.slice(Math.max(0, from - 2), from)].slice(-1);
  return from + step * character.length;
}

/**
 * A span with an end dragged to a place, grown to whole words where there are any; null where nothing is left.
 * @param {string} text @param {[number, number][] | null} words @param {{start: number, end: number}} span @param {Side} side
 * @param {number} place
 */
export function stretched(text, words, span, side, place) {
  const [start, end] = side === "end" ? [span.start, place] : [place, span.end];
  if (start >= end || place < 0) return null;
  return words ? snapped(text, words, start, end) : { start, end };
}

/**
 * The word on the next line or the one before that lies nearest below or above.
 * @param {Painter} painter @param {[number, number][]} words @param {number} from @param {number} step 1 or -1
 */
export function wordBeside(painter, words, from, step) {
  const rectOf = (/** @type {number} */ n) => {
    const word = words[n];
    return word && painter.rects({ start: word[0], end: word[1] })[0];
  };
  const here = rectOf(from);
  let [best, line, distance] = [from, NaN, Infinity];
  for (let n = from + step; here && n >= 0 && n < words.length; n += step) {
    const rect = rectOf(n);
    if (!rect || Math.abs(rect.top - here.top) < rect.height / 2) continue;
    if (Number.isNaN(line)) line = rect.top;
    if (Math.abs(rect.top - line) > rect.height / 2) break;
    if (Math.abs(rect.left - here.left) < distance) [best, distance] = [n, Math.abs(rect.left - here.left)];
  }
  return best;
}

/**
 * While an end of the chosen span is dragged.
 * @param {Painter} painter @param {(side: Side, place: number, event: PointerEvent, done: boolean) => void} dragged
 */
export function whileGrabbed(painter, dragged) {
  painter.layer.addEventListener("pointerdown", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLElement) || !("chosen" in box.dataset)) return;
    event.preventDefault();
    const { left, right } = box.getBoundingClientRect();
    const only = "first" in box.dataset && "last" in box.dataset;
    const side = (only ? event.clientX > (left + right) / 2 : "last" in box.dataset) ? "end" : "start";
    const tell = (/** @type {PointerEvent} */ now) => dragged(side, painter.placeAt(now.clientX, now.clientY), now, now.type === "pointerup");
    addEventListener("pointermove", tell);
    addEventListener("pointerup", (last) => (removeEventListener("pointermove", tell), tell(last)), { once: true });
  });
}
