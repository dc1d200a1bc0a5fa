/**
 * The course of the work: what was answered, what is on the screen, what comes next.
 * Knows no document and no network.
 *
 * @typedef {{id: number, external_id: string, text?: string, image?: string, data?: Record<string, unknown>,
 *   context?: Record<string, unknown>}} Item
 * @typedef {{model: string, value: unknown, proba: Record<string, number> | null, parts?: object[] | null}} Suggestion
 * @typedef {{id: number, item: Item, expires_at: string, suggestion: Suggestion | null,
 *   sent_back?: {sentence: string} | null, assigned?: boolean}} Assignment
 * @typedef {{assignment: Assignment, action: "answer" | "skip", value: unknown, key?: string | null}} Past
 *   `key` is the answer's own, by which the server knows it
 */

const AHEAD = 64; // so that after a refill sixty answers can be given offline
const REFILL = 60; // below which more are leased
const TEXT = 512 * 1024; // characters ahead, at most
const PICTURES = 32 * 1024 * 1024; // bytes ahead, at most
const LEAST = 2; // ahead, when the others make room for a new order

export class State {
  /** What was answered or skipped, oldest first. @type {Past[]} */
  past;
  /** What is to be answered now. @type {Assignment | null} */
  current = null;
  /** The answer that `current` had before it was taken back. @type {Past | null} */
  former = null;
  /** What is leased for later, next first. @type {Assignment[]} */
  ahead = [];
  /** The place in `past` that is looked at, null when it is `current`. @type {number | null} */
  looking = null;
  /** How long each answer since the page was opened took. @type {number[]} */
  seconds = [];

  /** Somebody did something since the page was opened: until then it holds one item. */
  begun = false;
  /** Bytes of a picture, on average. @type {() => number} */
  pictureSize = () => 0;

  /** Items ahead that were on the screen before. @type {Set<number>} */
  #seen = new Set();

  /** @param {Past[]} past */
  constructor(past = []) {
    this.past = [...past];
  }

  /** What the screen shows. @returns {{assignment: Assignment, past: Past | null} | null} */
  get shown() {
    const past = this.looking === null ? null : (this.past[this.looking] ?? null);
    if (past) return { assignment: past.assignment, past };
    return this.current && { assignment: this.current, past: null };
  }

  /**
   * Take leases in; those already here are left out.
   * @param {Assignment[]} assignments
   * @param {(id: number) => boolean} answered says which were answered here though the server may not know yet
   */
  give(assignments, answered = () => false) {
    for (const fresh of assignments) {
      if (this.holds(fresh.id) || answered(fresh.id)) continue;
      this.past = this.past.filter(({ assignment }) => assignment.id !== fresh.id);
      this.ahead.push(fresh);
    }
    if (!this.current) this.#advance();
  }

  /** @param {number} id */
  holds(id) {
    return this.current?.id === id || this.ahead.some((assignment) => assignment.id === id);
  }

  /** Everything leased and not answered. @returns {Assignment[]} */
  get held() {
    return this.current ? [this.current, ...this.ahead] : [...this.ahead];
  }

  /**
   * The current item is done with; the next one is current.
   * @param {"answer" | "skip"} action
   * @param {unknown} value
   * @param {number} [seconds]
   * @param {string} [key]
   */
  settle(action, value, seconds, key) {
    if (!this.current) return;
    this.begun = true;
    this.past.push({ assignment: this.current, action, value, ...(key ? { key } : {}) });
    if (seconds !== undefined) this.seconds.push(seconds);
    this.#advance();
  }

  /**
   * Take an answer or a skip back: its item is current again, the one that was current comes next.
   * @param {Past} past
   */
  reopen(past) {
    this.past = this.past.filter((p) => p !== past);
    if (this.current) {
      this.ahead.unshift(this.current);
      this.#seen.add(this.current.id);
    }
    this.current = past.assignment;
    this.former = past;
    this.looking = null;
  }

  /**
   * Look back (-1) or forward (+1) without changing anything. False at either end.
   * @param {-1 | 1} step
   */
  look(step) {
    const from = this.looking ?? this.past.length;
    const to = from + step;
    if (to < 0 || to > this.past.length || (this.looking === null && step > 0)) return false;
    this.looking = to === this.past.length ? null : to;
    return true;
  }

  /** A lease that ended leaves the items ahead; the current one stays, a late answer is kept. @param {number} id */
  drop(id) {
    this.ahead = this.ahead.filter((assignment) => assignment.id !== id);
  }

  /** An item that can be neither answered nor taken back any more leaves the view. @param {number} id */
  dismiss(id) {
    this.drop(id);
    this.past = this.past.filter(({ assignment }) => assignment.id !== id);
    this.looking = null;
    if (this.current?.id === id) this.#advance();
  }

  /**
   * Make room for a new order: the items ahead go, but for the next ones and those that were seen.
   * @param {(id: number) => boolean} pending says which are spoken of in requests on their way; they stay as well
   */
  shed(pending) {
    const released = this.ahead.slice(LEAST).filter(({ id, assigned }) => !assigned && !this.#seen.has(id) && !pending(id));
    this.ahead = this.ahead.filter((assignment) => !released.includes(assignment));
    return released.map(({ id }) => id);
  }

  /** How many items to lease now: none while there are plenty. */
  get wanting() {
    const target = this.begun ? 1 + this.#room : 1;
    const held = this.held.length;
    return held > (REFILL / AHEAD) * target ? 0 : target - held;
  }

  /** How many items of the size of these may be ahead. */
  get #room() {
    const known = [...this.past.slice(-3).map(({ assignment }) => assignment), ...this.held];
    const length = (/** @type {Assignment} */ { item }) => (item.text ?? JSON.stringify(item.data ?? "")).length;
    const text = known.reduce((sum, assignment) => sum + length(assignment), 0) / known.length;
    return Math.max(1, Math.floor(Math.min(AHEAD, TEXT / text, PICTURES / this.pictureSize())));
  }

  #advance() {
    this.current = this.ahead.shift() ?? null;
    this.former = null;
  }
}

/** @param {number[]} numbers @returns {number | null} null of nothing */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/** Seconds that an item was to be seen: time in another tab does not count. */
export class Stopwatch {
  #since = 0;
  #sum = 0;
  #running = false;

  /** @param {() => number} now milliseconds */
  constructor(now = () => performance.now()) {
    this.now = now;
  }

  restart() {
    this.#sum = 0;
    this.#since = this.now();
    this.#running = true;
  }

  pause() {
    this.#sum = this.#milliseconds();
    this.#running = false;
  }

  resume() {
    if (!this.#running) this.#since = this.now();
    this.#running = true;
  }

  get seconds() {
    return Math.round(this.#milliseconds()) / 1000;
  }

  #milliseconds() {
    return this.#sum + (this.#running ? this.now() - this.#since : 0);
  }
}
