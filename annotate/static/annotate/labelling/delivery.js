/**
 * Letters on their way to the server: several at once, those about one item in their order, again and again until
 * each has arrived or was refused. Knows no document; how to send and how to wait are given.
 *
 * @typedef {import("./outbox.js").Letter} Letter
 * @typedef {"arrived" | "later" | "logged out" | "refused"} Fate
 * @typedef {"offline" | "logged out" | "no access"} Trouble
 */

const LANES = 4;
// The first and the longest wait, in milliseconds: a network comes back by itself, a log-in by somebody's hand.
const SOON = [250, 8000];
const SLOWLY = [5000, 60_000];

/** What an HTTP status says about a letter. 0: none came. @param {number} status @returns {Fate} */
export function fate(status) {
  if (status >= 200 && status < 300) return "arrived";
  if (status === 401 || status === 403) return "logged out";
  return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500 ? "later" : "refused";
}

/** Milliseconds to wait after so many failures in a row. @param {number} failures @param {Trouble} [trouble] */
export function patience(failures, trouble = "offline") {
  const [first, longest] = trouble === "offline" ? SOON : SLOWLY;
  return Math.min(Number(longest), Number(first) * 2 ** (failures - 1));
}

export class Delivery {
  /** Not yet arrived, oldest first. @type {Letter[]} */
  letters = [];
  /** Refused for good; they stay in the outbox and are tried again at the next visit. @type {Letter[]} */
  refused = [];
  /** Why letters wait: null when they are on their way. @type {Trouble | null} */
  trouble = null;

  #busy = new Set();
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #alarm;

  /**
   * @param {(letter: Letter) => Promise<Fate>} send never rejects
   * @param {() => void} changed called after each change of the fields above
   */
  constructor(send, changed) {
    this.send = send;
    this.changed = changed;
  }

  /** Take letters that are sent with the next `go`. @param {Letter[]} letters */
  take(...letters) {
    this.letters.push(...letters);
    this.changed();
  }

  /** Send what waits. */
  go() {
    this.#pump();
  }

  /** Try again now, whatever went wrong. */
  wake() {
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    this.#pump();
  }

  /** While something is wrong one letter at a time is tried, and none while we wait. */
  #pump() {
    if (this.#alarm !== undefined) return;
    const lanes = this.trouble ? 1 : LANES;
    for (const letter of this.letters) {
      if (this.#busy.size >= lanes) return;
      if (!this.#busy.has(letter.item)) this.#deliver(letter);
    }
  }

  /** @param {Letter} letter */
  async #deliver(letter) {
    this.#busy.add(letter.item);
    const outcome = await this.send(letter);
    this.#busy.delete(letter.item);
    if (outcome === "arrived" || outcome === "refused") {
      this.letters = this.letters.filter((one) => one !== letter);
      if (outcome === "refused") this.refused.push(letter);
      this.#failures = 0;
      this.trouble = null;
    } else {
      this.#rest(outcome === "logged out" ? outcome : "offline");
    }
    this.#pump();
    this.changed();
  }

  /** @param {Trouble} trouble */
  #rest(trouble) {
    if (this.#alarm !== undefined) return;
    this.#failures = trouble === this.trouble ? this.#failures + 1 : 1;
    this.trouble = trouble;
    this.#alarm = setTimeout(() => {
      this.#alarm = undefined;
      this.#pump();
    }, patience(this.#failures, trouble));
  }
}
