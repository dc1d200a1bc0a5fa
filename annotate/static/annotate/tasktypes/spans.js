/** Spans per text: marked by pointer, finger or keys. What is said about gestures here is in the how-to of spans. */

import { start } from "../labelling/main.js";
import { Painter } from "../spans/painter.js";
import { byPlace, counter, following, inTheWay, same, snapped, trimmed, wordBefore, words } from "../spans/text.js";

/**
 * Places count UTF-16 units here, and code points in values.
 * @typedef {{start: number, end: number, label: string, origin: "drawn" | "accepted" | "edited" | "repeated",
 *   probability?: number | undefined}} Part
 * @typedef {{from: Part, to: Part, label: string, probability?: number, suggested?: boolean}} Relation
 * @typedef {{spans: Part[], suggested: Part[], relations: Relation[]}} Draft
 * @typedef {import("../spans/painter.js").Mark} Mark
 */

const MOST_UNDONE = 200;

const panel = /** @type {HTMLFieldSetElement} */ (document.querySelector("#choices"));
const buttons = () => /** @type {NodeListOf<HTMLButtonElement>} */ (panel.querySelectorAll("button[data-name]"));
const { overlap = "none", snap = "word" } = panel.dataset;
const objection = "required" in panel.dataset ? "Mark at least one span first." : "";

/** @type {import("../labelling/main.js").Tools} */
let tools;
/** @type {Painter} */
let painter;
/** Loaded beside the first text. @type {typeof import("../spans/extras.js") | undefined} */
let extras;
/** Where the project has relations. @type {import("../spans/relations.js").Relations | undefined} */
let related;
/** @type {Promise<void> | undefined} */
let loading;
let text = "";
let count = counter("");
/** @type {[number, number][] | null} */
let wordList = null;
let editable = false;
/** @type {Draft} */
let draft = { spans: [], suggested: [], relations: [] };
/** @type {Draft[]} */
let former = [];
/** The label of the next span. */
let label = "";
/** What keys are about. @type {Part | null} */
let chosen = null;
/** What was drawn last, which A is about where nothing is chosen. @type {Part | null} */
let latest = null;
/** Words that a digit makes a span of: the first, the last; -1 of none. `active`: they are shown. */
let cursor = { from: -1, to: -1, active: false };
/** Where the mouse was pressed, and whether the click that comes now ends a drag. */
let from = -1;
let dragged = false;
const wordsOf = () => (wordList ??= words(text));
const quote = (/** @type {{start: number, end: number}} */ { start, end }) => text.slice(start, end).replace(/\s+/g, " ");
const isSuggested = (/** @type {Part | null} */ part) => part !== null && draft.suggested.includes(part);
const percent = (/** @type {number | undefined} */ p) => (p === undefined ? "" : ` ${Math.round(100 * p)} %`);

/** Do something that undo takes back; relations follow a span that takes the place of another. @param {Partial<Draft>} next @param {Part | null} nowChosen @param {Part | null} [replaced] by what is chosen now */
function change({ spans = draft.spans, suggested = draft.suggested, relations = draft.relations }, nowChosen = null, replaced = null) {
  former = [...former.slice(1 - MOST_UNDONE), draft];
  const now = (/** @type {Part} */ part) => (part === replaced && nowChosen) || part;
  draft = {
    spans: spans.toSorted(byPlace),
    suggested: suggested.toSorted(byPlace),
    relations: relations.map((relation) => ({ ...relation, from: now(relation.from), to: now(relation.to) })),
  };
  chosen = nowChosen;
  tools.changed();
  paint();
}

/** The draft with a span more; what may not lie beside it makes way. @param {Part} part @param {Pick<Draft, "spans" | "suggested">} from */
function withSpan(part, from) {
  const away = inTheWay(from.spans, part, overlap);
  return {
    spans: [...from.spans.filter((span) => !away.includes(span)), part],
    suggested: from.suggested.filter((other) => !inTheWay([other], part, overlap).length),
  };
}

/** @param {{start: number, end: number} | null} place @param {Part["origin"]} origin */
function make(place, origin = "drawn") {
  if (!place || !editable) return;
  const part = { ...place, label, origin };
  const away = inTheWay(draft.spans, part, overlap).filter((span) => !same(span, part));
  const instead = away.length ? ` in place of ${away.map((span) => `${span.label} “${quote(span)}”`).join(", ")}` : "";
  cursor = { ...cursor, active: false };
  change(withSpan(part, draft));
  latest = part;
  tools.announce(`${label}: “${quote(part)}”${instead}.`);
}

/** Another place or label for what is chosen. @param {{start?: number, end?: number, label?: string}} changes */
function edit(changes) {
  if (!chosen || !editable) return;
  const origin = isSuggested(chosen) || chosen.origin === "accepted" ? "edited" : chosen.origin;
  const part = { ...chosen, ...changes, origin, probability: undefined };
  const rest = { spans: draft.spans.filter((span) => span !== chosen), suggested: draft.suggested.filter((span) => span !== chosen) };
  change(withSpan(part, rest), part, chosen);
  latest = part;
  tools.announce(`${part.label}: “${quote(part)}”.`);
}

function remove() {
  if (!chosen || !editable) return;
  const part = chosen;
  const was = isSuggested(part);
  const after = was ? following(part, draft.suggested) : null;
  change({ spans: draft.spans.filter((span) => span !== part), suggested: draft.suggested.filter((span) => span !== part) }, after);
  tools.announce(`${part.label} “${quote(part)}” ${was ? "rejected" : "deleted"}. U takes it back.`);
}

/** Take suggestions as they are. @param {Part[]} parts @param {boolean} replaces what is in their way */
function accept(parts, replaces = false) {
  if (!parts.length || !editable) return;
  const after = parts.length === 1 && parts[0] ? following(parts[0], draft.suggested) : null;
  const next = parts.reduce((from, part) => {
    const fits = replaces || !inTheWay(from.spans, part, overlap).length; // of suggestions in each other's way the first counts
    return fits ? withSpan(part, from) : { ...from, suggested: from.suggested.filter((span) => span !== part) };
  }, /** @type {Pick<Draft, "spans" | "suggested">} */ (draft));
  change(next, after && next.suggested.includes(after) ? after : null);
  tools.announce(parts.length === 1 ? "Accepted." : `${parts.length} accepted.`);
}

/** Suggest the same words wherever they stand; pressed again, accept them. */
function everywhere() {
  const about = chosen ?? latest;
  if (!about || !editable) return;
  const pending = draft.suggested.filter((span) => span.origin === "repeated" && span.label === about.label && quote(span) === quote(about));
  if (pending.length) return accept(pending);
  const more = unlabelled(about);
  if (!more.length) return tools.announce(`“${quote(about)}” stands nowhere else without a label.`);
  const others = draft.suggested.filter((span) => !inTheWay(more, span, "none").length);
  change({ suggested: [...others, ...more] }, isSuggested(chosen) ? null : chosen);
  latest = about;
  tools.announce(`“${quote(about)}” stands at ${more.length} more ${more.length === 1 ? "place" : "places"}. A accepts all, Tab goes through them.`);
}

/** The same words elsewhere, where no span is in the way. @param {Part} about @returns {Part[]} */
function unlabelled(about) {
  return extras?.repeated(text, about, draft.spans, overlap) ?? [];
}

/** Everything as it is now, and one mark in view. @param {Mark | null} shown */
function paint(shown = null) {
  const copied = chosen && !isSuggested(chosen) ? unlabelled(chosen) : [];
  const hidden = copied.filter((copy) => !inTheWay(draft.suggested, copy, "none").length);
  /** @type {Mark[]} */
  const marks = [
    ...hidden.map((part) => ({ ...part, look: /** @type {const} */ ("copy") })),
    ...draft.spans.map((part) => markOf(part, "span")),
    ...draft.suggested.map((part) => markOf(part, "suggested")),
  ];
  const place = cursorPlace();
  if (place && cursor.active) marks.push({ ...place, label: "", look: "cursor" });
  painter.paint(marks, shown);
  related?.paint(draft, chosen);
  const about = chosen && { ...chosen, quote: quote(chosen), suggested: isSuggested(chosen), name: `${chosen.label}${percent(chosen.probability)}` };
  extras?.describe(about, hidden.length, editable ? draft.suggested.length : 0, draft.spans.length, painter.colors);
}

/** @param {Part} part @param {"span" | "suggested"} look @returns {Mark} */
function markOf(part, look) {
  return { ...part, look, chosen: part === chosen, tag: `${part.label}${percent(part.probability)}` };
}

/** The stretch that the cursor covers, null without one. */
function cursorPlace() {
  const [first, last] = [Math.min(cursor.from, cursor.to), Math.max(cursor.from, cursor.to)];
  const [from, to] = [wordsOf()[first], wordsOf()[last]];
  return first < 0 || !from || !to ? null : { start: from[0], end: to[1] };
}

/** @param {number} to the word @param {boolean} extend keep its other end */
function moveCursor(to, extend) {
  if (to < 0 || to >= wordsOf().length) return;
  cursor = { from: extend && cursor.active ? cursor.from : to, to, active: true };
  chosen = null;
  const place = cursorPlace();
  paint(place && { ...place, label: "", look: "cursor" });
  if (!place) return;
  tools.announce(quote(place));
}

/** Move an end of what is chosen. @param {"start" | "end"} side @param {-1 | 1} step @param {boolean} exact by a character */
function moveEnd(side, step, exact) {
  const place = chosen && extras?.moved(text, exact ? null : wordsOf(), chosen, side, step);
  if (place) edit(place);
}

/** @param {Part | null} part */
function choose(part) {
  chosen = part;
  cursor = { ...cursor, active: false };
  paint(part && markOf(part, isSuggested(part) ? "suggested" : "span"));
  if (!part) return;
  const kind = isSuggested(part) ? "Suggestion, " : "";
  tools.announce(`${kind}${part.label}${percent(part.probability)}: “${quote(part)}”.`);
}

/** To the next part or the one before; false at either end, so that Tab leaves the text. @param {-1 | 1} step */
function walk(step) {
  const parts = [...draft.spans, ...draft.suggested].sort(byPlace);
  const among = draft.suggested.length && (!chosen || isSuggested(chosen)) ? draft.suggested : parts;
  const next = among[chosen ? among.indexOf(chosen) + step : step > 0 ? 0 : among.length - 1];
  if (!next && !chosen) return false;
  choose(next ?? null);
  return Boolean(next);
}

/** A label's button or key: for what is chosen, for the words at the cursor, else for what is marked next. @param {string} name */
function takeLabel(name) {
  label = name;
  for (const button of buttons()) button.ariaPressed = String(button.dataset["name"] === name);
  if (chosen && chosen.label !== name) edit({ label: name });
  else if (isSuggested(chosen)) accept([/** @type {Part} */ (chosen)]);
  else if (cursor.active) make(cursorPlace());
}

/** @param {number} place in the text @returns {Part | null} the shortest part there */
function partAt(place) {
  const hit = (/** @type {Part[]} */ parts) => parts.filter(({ start, end }) => start <= place && place < end);
  const there = tools.reviewing && hit(draft.suggested).length ? hit(draft.suggested) : hit([...draft.spans, ...draft.suggested]);
  return there.sort((a, b) => a.end - a.start - (b.end - b.start))[0] ?? null;
}

/** The word under a point, -1 where there is none. @param {number} x @param {number} y */
function wordAt(x, y) {
  const number = wordBefore(wordsOf(), painter.placeAt(x, y));
  const [start, end] = wordsOf()[number] ?? [0, 0];
  const hit = painter.rects({ start, end }).some(({ left, right, top, bottom }) => left - 2 <= x && x <= right + 2 && top - 6 <= y && y <= bottom + 6);
  return hit ? number : -1;
}

/** @param {MouseEvent} event */
function pressed({ clientX, clientY }) {
  from = painter.placeAt(clientX, clientY);
}

/** What was dragged over becomes a span. Browsers lose selections that begin between two letters; places they know. @param {MouseEvent} event */
function released(event) {
  const to = painter.placeAt(event.clientX, event.clientY);
  const range = event.detail < 2 && from >= 0 && to >= 0 ? { start: Math.min(from, to), end: Math.max(from, to) } : painter.selected();
  dragged = range !== null && range.start < range.end;
  if (!range || !dragged || !editable || event.detail > 2) return;
  getSelection()?.removeAllRanges();
  const exact = event.altKey || snap === "character";
  make(exact ? trimmed(text, range.start, range.end) : snapped(text, wordsOf(), range.start, range.end));
}

/** A click chooses; a finger's first tap begins a span, the second ends it. @param {MouseEvent} event */
function clicked(event) {
  const touch = event instanceof PointerEvent && event.pointerType === "touch";
  if (!editable || dragged || (event.detail > 1 && !touch)) return;
  const number = wordAt(event.clientX, event.clientY);
  if (cursor.active && number >= 0 && (event.shiftKey || touch)) {
    moveCursor(number, true);
    return touch ? make(cursorPlace()) : undefined;
  }
  const part = number < 0 ? null : partAt(wordsOf()[number]?.[0] ?? -1) ?? partAt(painter.placeAt(event.clientX, event.clientY));
  if (part && related?.takes(part)) return;
  if (part) return tools.reviewing && isSuggested(part) ? accept([part], true) : choose(part);
  if (number >= 0) return moveCursor(number, false);
  cursor = { ...cursor, active: false };
  choose(null);
}

/** @param {"start" | "end"} side @param {number} place @param {PointerEvent} event @param {boolean} done */
function dragEnd(side, place, { altKey }, done) {
  const to = chosen && extras?.stretched(text, altKey || snap === "character" ? null : wordsOf(), chosen, side, place);
  if (!chosen || place < 0) return;
  if (done) return to ? edit(to) : paint();
  if (to) painter.paint(draft.spans.filter((span) => span !== chosen).concat(chosen).map((span) => ({ ...markOf(span, "span"), ...(span === chosen && to) })));
}

function undo() {
  const last = former.pop();
  if (!last) return false;
  draft = last;
  chosen = latest = null;
  tools.changed();
  paint();
  tools.announce("Taken back.");
  return true;
}

/** @param {KeyboardEvent} event */
function arrow({ key, shiftKey, altKey, ctrlKey }) {
  const step = key === "ArrowRight" ? 1 : -1;
  if (chosen && (shiftKey || altKey)) return (moveEnd(shiftKey ? "end" : "start", step, ctrlKey), true);
  if (altKey || ctrlKey) return false;
  if (cursor.from < 0 && !chosen && step < 0) return false; // nothing is begun: look back
  const from = chosen ? wordBefore(wordsOf(), step > 0 ? chosen.end - 1 : chosen.start) : cursor.to;
  moveCursor(from + step, shiftKey);
  return true;
}

/** One that comes before what it needs is loaded comes again. @param {KeyboardEvent} event @returns {boolean} */
function key(event) {
  if (!extras && event.key !== " ") {
    load().then(() => event.target?.dispatchEvent(new KeyboardEvent(event.type, event)));
    return true;
  }
  if (event.isComposing) return false;
  if (related?.key(event, chosen)) return true;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const inText = document.activeElement === tools.stage || document.activeElement === document.body;
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") return inText && arrow(event);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!inText || !plain || cursor.from < 0) return false;
    moveCursor(extras?.wordBeside(painter, wordsOf(), cursor.to, event.key === "ArrowDown" ? 1 : -1) ?? -1, event.shiftKey);
    return true;
  }
  if (event.key === "Tab" && plain && inText) return walk(event.shiftKey ? -1 : 1);
  if (event.key === "Escape" && (chosen || cursor.active)) return (choose(null), true);
  if (event.repeat) return false;
  if ((event.key === "Delete" || event.key === "Backspace") && plain && chosen) return (remove(), true);
  if (event.shiftKey && plain && event.key.toLowerCase() === "y" && draft.suggested.length) {
    return (accept(draft.suggested), true);
  }
  return false;
}

/** @param {string | undefined} action the button of a card */
function perform(action) {
  if (action === "everywhere") everywhere();
  else if (action === "relate") related?.begin(chosen);
  else if (action === "remove") remove();
  else if (action === "accept") accept(isSuggested(chosen) ? [/** @type {Part} */ (chosen)] : draft.suggested.slice(0, 1));
  else if (action === "all") accept(draft.suggested);
  else if (action === "next") walk(1);
  else if (action === "clear") choose(null);
}

/** An answer, a draft or a proposal as parts. @param {unknown} value @param {Part["origin"]} [origin] @returns {(Part & {suggested?: boolean})[]} */
function partsOf(value, origin = "drawn") {
  return spansIn(value).map((/** @type {any} */ { id, ...span }) => ({ origin, ...span, start: count.units(span.start), end: count.units(span.end) }));
}

/** Relations of a value whose parts these are; the places in a list stand for ids. @param {any} value @param {Part[]} parts */
function relationsOf(value, parts) {
  return (value?.relations ?? []).map((/** @type {any} */ relation) => ({ ...relation, from: parts[relation.from], to: parts[relation.to] }));
}

/** Parts as a value, with the relations among them where there are any. @param {Part[]} parts @param {(part: Part) => object} [entry] @param {boolean} [whole] with relations that are suggested */
function packed(parts, entry = ({ label }) => ({ label }), whole = false) {
  const spans = parts.map((part) => ({ ...entry(part), start: count.points(part.start), end: count.points(part.end) }));
  const relations = draft.relations
    .filter(({ suggested }) => whole || !suggested)
    .map(({ from, to, label, ...rest }) => ({ from: parts.indexOf(from), to: parts.indexOf(to), label, ...(whole && rest) }))
    .filter(({ from, to }) => from >= 0 && to >= 0);
  return relations.length ? { spans: spans.map((span, id) => ({ id, ...span })), relations } : spans;
}

const read = () => packed(draft.spans);
const spansIn = (/** @type {any} */ value) => value?.spans ?? value ?? [];

start({
  goesOn: false,
  mount(pageTools) {
    tools = pageTools;
    painter = new Painter(tools.stage, tools.labels);
    takeLabel(buttons()[0]?.dataset["name"] ?? "");
    tools.stage.dataset["spans"] = "";
    tools.stage.addEventListener("dblclick", (event) => event.stopPropagation(), { capture: true });
    tools.stage.addEventListener("mousedown", pressed);
    tools.stage.addEventListener("mouseup", released);
    tools.stage.addEventListener("click", clicked);
    panel.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest("button[data-name]")) : null;
      if (button) (takeLabel(button.dataset["name"] ?? ""), focus());
    });
    panel.addEventListener("labeladded", (/** @type {any} */ { detail }) => painter.know(detail));
    load();
  },
  show(node, item, { value, suggestion, editable: isEditable }) {
    text = item.text ?? "";
    count = counter(text);
    wordList = null;
    editable = isEditable;
    former = [];
    chosen = latest = null;
    cursor = { from: -1, to: -1, active: false };
    const parts = partsOf(value);
    draft = { spans: parts.filter((part) => !part.suggested), suggested: parts.filter((part) => part.suggested), relations: relationsOf(value, parts) };
    painter.begin(node);
    if (value === undefined) suggest(suggestion);
    else paint();
    setTimeout(wordsOf);
  },
  read,
  origins: () => draft.spans.map(({ origin }) => origin),
  answered: () => packed(draft.spans, ({ label, origin }) => ({ label, origin })),
  draft: () => packed([...draft.spans, ...draft.suggested], (part) => (isSuggested(part) ? { ...part, suggested: true } : part), true),
  objection: () => (draft.spans.length ? "" : objection),
  write() {},
  key,
  undo,
  reveal: suggest,
  unfinished: () => (draft.spans.length ? `${draft.spans.length} span${draft.spans[1] ? "s" : ""}` : ""),
  labelsIn: (value) => [...new Set(spansIn(value).map((/** @type {Part} */ { label }) => label))],
  describe: (value) => spansIn(value).map((/** @type {Part} */ { start, end, label }) => `${label} ${start} to ${end}`).join(", ") || "no spans",
});

function load() {
  return (loading ??= import("../spans/extras.js")
    .then(async (module) => {
      related = await module.relations(panel, painter, tools, quote, (relations, from) => change({ relations }, from));
      extras = module;
      extras.whileGrabbed(painter, dragEnd);
      extras.whenPressed((action) => (perform(action), focus()));
      paint();
    })
    .catch((error) => {
      loading = undefined; // the next key tries again
      throw error;
    }));
}

function focus() {
  tools.stage.focus({ preventScroll: true });
}

/** Show what a model proposes, but for what is there already. @param {import("../labelling/state.js").Suggestion | null} suggestion */
function suggest(suggestion) {
  const known = new Set(painter.colors.keys());
  const all = partsOf(suggestion?.parts ?? suggestion?.value, "accepted");
  const proposed = all.filter((part) => known.has(part.label));
  const relations = [...draft.relations, ...relationsOf(suggestion?.value, all)];
  draft = { ...draft, relations, suggested: editable ? proposed.filter((part) => !inTheWay(draft.spans, part, overlap).length) : [] };
  paint();
}
