/** The ends of a span, moved by keys and dragged; and the words of the lines above and below. */

/**
 * @typedef {import("./painter.js").Painter} Painter
 * @typedef {"start" | "end"} Side
 */

/**
 * Where an end goes by one word.
 * @param {[number, number][]} words @param {{start: number, end: number}} span @param {Side} side @param {-1 | 1} step
 */
export function nextEnd(words, { start, end }, side, step) {
  if (side === "end") return step > 0 ? (words.find(([, behind]) => behind > end)?.[1] ?? end) : (words.findLast(([, behind]) => behind < end)?.[1] ?? end);
  return step < 0 ? (words.findLast(([first]) => first < start)?.[0] ?? start) : (words.find(([first]) => first > start)?.[0] ?? start);
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
