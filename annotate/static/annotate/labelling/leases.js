/** Items held for this person: leased before they are needed, renewed while the page is seen, given back at the end. */

import { fate, patience } from "./delivery.js";
import { call } from "./rest.js";

/**
 * @typedef {import("./delivery.js").Trouble} Trouble
 * @typedef {import("./session.js").Session} Session
 * @typedef {import("./session.js").Assignment} Assignment
 */

const RELEASED = "released";
const ASK_AGAIN = 20_000; // when nothing was left

export class Leases {
  /** @type {Trouble | null} */
  trouble = null;
  /** The server had fewer items than were wanted. */
  exhausted = false;

  /** Whether the server may hold leases for us that we do not know of. */
  #unsure = false;
  #asking = false;
  #failures = 0;
  #notBefore = 0;
  /** When each lease began, by our own clock. @type {Map<number, number>} */
  #since = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #alarm;

  /**
   * @param {{project: number, seconds: number, session: Session, pending: (id: number) => boolean, given: () => void}} about
   *   `pending` says which answers have not arrived; `given` is called when something changed
   */
  constructor(about) {
    this.about = about;
  }

  /**
   * Take in what came with the page. A page that is loaded again gives its items back only after the new one was
   * made: of those the first is leased again, the others are forgotten.
   * @param {Assignment[]} assignments
   */
  begin(assignments) {
    this.exhausted = assignments.length === 0;
    const released = sessionStorage.getItem(RELEASED)?.split(",") ?? [];
    sessionStorage.removeItem(RELEASED);
    const [first, ...others] = assignments.filter(({ id }) => !this.about.pending(id));
    if (!first) return this.refill();
    this.#take([first, ...others.filter(({ id }) => !released.includes(String(id)))], 0);
    if (released.includes(String(first.id))) this.#since.set(first.id, -Infinity);
    return this.renew();
  }

  /** How many items the next answer is to bring along; each claim must be met. @returns {number} */
  claim() {
    if (this.#asking || this.#unsure || this.#tooSoon) return 0;
    const { wanting } = this.about.session;
    this.#asking = wanting > 0;
    return wanting;
  }

  /** @param {number} claimed @param {Assignment[] | null} assignments null when we do not know what came of it */
  meet(claimed, assignments) {
    this.#asking = false;
    if (assignments) this.#take(assignments, claimed);
    else this.#unsure = true;
  }

  /** Lease what is wanted, after learning what is held already where that is unknown. */
  async refill() {
    if (this.#asking || this.#alarm !== undefined) return;
    if (!this.#unsure && (this.#tooSoon || !this.about.session.wanting)) return;
    const path = `projects/${this.about.project}/assignments/`;
    this.#asking = true;
    try {
      if (this.#unsure) {
        this.#take(await asked("GET", path), 0);
        this.#unsure = false;
      }
      const { wanting } = this.about.session;
      if (wanting) this.#take(await asked("POST", path, { count: wanting }), wanting);
      this.#failures = 0;
      this.trouble = null;
    } catch (error) {
      this.#rest(error instanceof Refusal ? error.trouble : "offline");
    }
    this.#asking = false;
    this.about.given();
  }

  /** Try again now, whatever went wrong. */
  wake() {
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    return this.refill();
  }

  /** Start the time of the older leases again. One that went to somebody else is dropped. */
  async renew() {
    const { session, seconds } = this.about;
    for (const { id } of session.held) {
      if (performance.now() - (this.#since.get(id) ?? 0) < 500 * seconds) continue;
      const { status } = await call("PATCH", `assignments/${id}/`).catch(() => ({ status: 0 }));
      if (status === 200) this.#since.set(id, performance.now());
      else if (status === 409 || status === 404) session.drop(id);
      else return;
    }
  }

  /** Give back what is not answered, as the page is left. */
  release() {
    const { held } = this.about.session;
    sessionStorage.setItem(RELEASED, held.map(({ id }) => id).join());
    for (const { id } of held) {
      call("DELETE", `assignments/${id}/`, undefined, { keepalive: true }).catch(() => {});
    }
  }

  get #tooSoon() {
    return this.exhausted && performance.now() < this.#notBefore;
  }

  /** @param {Assignment[]} assignments @param {number} wanted 0 for what was held before: the list may be older than an answer */
  #take(assignments, wanted) {
    const { session, pending } = this.about;
    const answered = new Set(wanted ? [] : session.past.map(({ assignment }) => assignment.id));
    for (const { id } of assignments) this.#since.set(id, performance.now());
    session.give(assignments, (id) => answered.has(id) || pending(id));
    if (wanted) this.exhausted = assignments.length < wanted;
    if (this.exhausted) this.#notBefore = performance.now() + ASK_AGAIN;
    this.about.given();
  }

  /** @param {Trouble} trouble */
  #rest(trouble) {
    this.#unsure = true;
    this.#failures = trouble === this.trouble ? this.#failures + 1 : 1;
    this.trouble = trouble;
    clearTimeout(this.#alarm);
    this.#alarm = setTimeout(() => this.wake(), patience(this.#failures, trouble));
  }
}

/** The server was reached and does not want to. */
class Refusal extends Error {
  /** @param {Trouble} trouble */
  constructor(trouble) {
    super(trouble);
    this.trouble = trouble;
  }
}

/** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<Assignment[]>} */
async function asked(method, path, body) {
  const { status, data } = await call(method, path, body);
  const outcome = fate(status);
  if (outcome === "arrived") return data;
  throw outcome === "later" ? new Error(`${path}: ${status}`) : new Refusal(outcome === "refused" ? "no access" : outcome);
}
