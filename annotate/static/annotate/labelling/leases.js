/**
 * Items held for this person: leased before they are needed, renewed while the page is seen, given back at the end, and
 * exchanged when a newer order of the queue is in force.
 */

import { NOTHING, backoff, call, outcomeOf } from "./api.js";
import { draftOf } from "./drafts.js";

/**
 * @typedef {import("./api.js").Trouble} Trouble
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Assignment} Assignment
 */

const RELEASED = "released";
const ASK_AGAIN = 20_000; // when nothing was open

export class Leases {
  /** @type {Trouble | null} */
  trouble = null;
  /** Another tab leases for this person now. */
  stopped = false;
  /** Nothing is left for this person. */
  exhausted = false;

  /** Whether the server may hold leases for us that we do not know of. */
  #unsure = false;
  #asking = false;
  #failures = 0;
  #notBefore = 0;
  /** How many were held when the server gave fewer than were wanted: it is not asked again before some are answered. */
  #short = Infinity;
  /** How many were held as the server was asked: what it says is about that, whatever was answered meanwhile. */
  #held = 0;
  /** The newest order of the queue that we know of. */
  #generation;
  /** Leases by an older order, to be given back. @type {number[]} */
  #stale = [];
  /** When each lease began, by our own clock. @type {Map<number, number>} */
  #since = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #alarm;

  /**
   * @param {{project: number, seconds: number, generation: number, state: State, pending: (id: number) => boolean,
   *   sending: () => boolean, leased: () => void}} about
   *   `pending` says which answers have not arrived, `sending` whether some are on their way: what is open is known when
   *   they are there; `leased` is called when something changed
   */
  constructor(about) {
    this.about = about;
    this.#generation = about.generation;
  }

  /**
   * Take in what came with the page. A page that is loaded again gives its items back only after the new one was
   * made: of those the first is leased again, the others are given back once more, since that request may be late.
   * What is assigned to somebody stays theirs, whatever is given back.
   * @param {Assignment[]} assignments
   */
  begin(assignments) {
    this.exhausted = assignments.length === 0;
    const released = sessionStorage.getItem(RELEASED)?.split(",") ?? [];
    sessionStorage.removeItem(RELEASED);
    const [first, ...others] = assignments.filter(({ id }) => !this.about.pending(id));
    if (!first) return this.refill();
    const wasReleased = (/** @type {Assignment} */ { id, assigned }) => !assigned && released.includes(String(id));
    this.#take([first, ...others.filter((assignment) => !wasReleased(assignment))]);
    this.#stale = others.filter(wasReleased).map(({ id }) => id);
    if (wasReleased(first)) this.#since.set(first.id, -Infinity);
    return this.renew();
  }

  /** How many items the next answer is to bring along; each claim must be met. @returns {number} */
  claim() {
    if (this.stopped || this.#asking || this.#unsure || this.#stale.length || this.#tooSoon) return 0;
    const { wanting, held } = this.about.state;
    this.#asking = wanting > 0;
    this.#held = held.length;
    return wanting;
  }

  /**
   * @param {number} claimed
   * @param {Assignment[] | null} assignments null when we do not know what came of it
   * @param {number} [generation] the order that they are from
   */
  fulfil(claimed, assignments, generation) {
    this.#asking = false;
    if (assignments) this.#fill(assignments, claimed, generation);
    else this.#unsure = true;
  }

  /** Where a newer order is in force, what is held by an older one makes room. @param {number} [generation] */
  followGeneration(generation = 0) {
    if (generation <= this.#generation) return;
    this.#generation = generation;
    this.exhausted = false;
    this.#short = Infinity;
    this.#stale.push(...this.about.state.shed(this.about.pending));
    this.about.leased();
  }

  /** Lease what is wanted, after giving back what is stale and learning what is held where that is unknown. */
  async refill() {
    if (this.stopped || this.#asking || this.#alarm !== undefined || this.about.sending()) return;
    if (!this.#unsure && !this.#stale.length && (this.#tooSoon || !this.about.state.wanting)) return;
    const path = `projects/${this.about.project}/assignments/`;
    this.#asking = true;
    try {
      const ids = this.#stale.splice(0);
      if (ids.length) await requested("POST", `${path}release/`, { ids });
      if (this.#unsure) {
        this.#take((await requested("GET", path)).data);
        this.#unsure = false;
      }
      const { wanting, held } = this.about.state;
      if (wanting) {
        this.#held = held.length;
        const { data, generation } = await requested("POST", path, { count: wanting, share: true });
        this.followGeneration(generation);
        this.#fill(data, wanting, generation);
      }
      this.#failures = 0;
      this.trouble = null;
    } catch (error) {
      this.#rest(error instanceof Refusal ? error.trouble : "offline");
    }
    this.#asking = false;
    this.about.leased();
  }

  /** Try again now, whatever went wrong. */
  wake() {
    clearTimeout(this.#alarm);
    this.#alarm = undefined;
    return this.refill();
  }

  /** Start the time of the older leases again. One that went to somebody else is dropped. */
  async renew() {
    const { state, seconds } = this.about;
    for (const { id } of this.stopped ? [] : state.held) {
      if (performance.now() - (this.#since.get(id) ?? 0) < 500 * seconds) continue;
      const { status } = await call("PATCH", `assignments/${id}/`).catch(() => NOTHING);
      if (status === 200) this.#since.set(id, performance.now());
      else if (status === 409 || status === 404) state.drop(id);
      else return;
    }
  }

  /** Give back what is not answered, as the page is left. What was begun stays: its draft is the lease's. */
  release() {
    if (this.stopped) return;
    const ids = [...this.about.state.held.map(({ id }) => id), ...this.#stale].filter((id) => draftOf(id) === undefined);
    sessionStorage.setItem(RELEASED, ids.join());
    if (!ids.length) return;
    call("POST", `projects/${this.about.project}/assignments/release/`, { ids }, { keepalive: true }).catch(() => {});
  }

  get #tooSoon() {
    return this.about.state.held.length >= this.#short && performance.now() < this.#notBefore;
  }

  /** What was held before: the list may be older than an answer. @param {Assignment[]} assignments */
  #take(assignments) {
    const answered = new Set(this.about.state.past.map(({ assignment }) => assignment.id));
    this.#hold(assignments.filter(({ id }) => !answered.has(id)));
  }

  /**
   * New leases; those that a newer order overtook on their way go back.
   * @param {Assignment[]} assignments @param {number} wanted @param {number} [generation] the order that they are from
   */
  #fill(assignments, wanted, generation = 0) {
    if (generation && generation < this.#generation && this.about.state.current) {
      this.#stale.push(...assignments.map(({ id }) => id));
      return this.about.leased();
    }
    const { state, pending } = this.about;
    state.give(assignments, pending);
    this.#short = assignments.length < wanted ? this.#held + assignments.length : Infinity;
    this.#notBefore = performance.now() + ASK_AGAIN;
    this.exhausted = !this.#held && !state.held.length;
    this.#hold(assignments);
  }

  /** @param {Assignment[]} assignments */
  #hold(assignments) {
    for (const { id } of assignments) this.#since.set(id, performance.now());
    this.about.state.give(assignments, this.about.pending);
    this.about.leased();
  }

  /** @param {Trouble} trouble */
  #rest(trouble) {
    this.#unsure = true;
    this.#failures = trouble === this.trouble ? this.#failures + 1 : 1;
    this.trouble = trouble;
    clearTimeout(this.#alarm);
    this.#alarm = setTimeout(() => this.wake(), backoff(this.#failures, trouble));
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

/** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<import("./api.js").Reply>} */
async function requested(method, path, body) {
  const reply = await call(method, path, body);
  const { status } = reply;
  const outcome = outcomeOf(status);
  if (outcome === "arrived") return reply;
  throw outcome === "later" ? new Error(`${path}: ${status}`) : new Refusal(outcome === "refused" ? "no access" : outcome);
}
