/**
 * Requests on their way to the server: several at once, those about one item in their order, again and again until
 * each has arrived or was refused. Knows no document; how to send and how to wait are given.
 *
 * @typedef {import("./outbox.js").StoredRequest} StoredRequest
 * @typedef {import("./api.js").Outcome} Outcome
 * @typedef {import("./api.js").Trouble} Trouble
 */

import { backoff } from "./api.js";

const LANES = 4;

export class Sender {
  /** Not yet arrived, oldest first. @type {StoredRequest[]} */
  requests = [];
  /** Refused for good; they stay in the outbox and are tried again at the next visit. @type {StoredRequest[]} */
  refused = [];
  /** Why requests wait: null when they are on their way. @type {Trouble | null} */
  trouble = null;

  #busy = new Set();
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  /**
   * @param {(request: StoredRequest) => Promise<Outcome>} send never rejects
   * @param {() => void} changed called after each change of the fields above
   */
  constructor(send, changed) {
    this.send = send;
    this.changed = changed;
  }

  /** Take requests that are sent with the next `go`. @param {StoredRequest[]} requests */
  take(...requests) {
    this.requests.push(...requests);
    this.changed();
  }

  /** Send what waits. */
  go() {
    this.#pump();
  }

  /** Try again now, whatever went wrong. */
  wake() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#pump();
  }

  /** While something is wrong one request at a time is tried, and none while we wait. */
  #pump() {
    if (this.#retry !== undefined) return;
    const lanes = this.trouble ? 1 : LANES;
    for (const request of this.requests) {
      if (this.#busy.size >= lanes) return;
      if (!this.#busy.has(request.item)) this.#deliver(request);
    }
  }

  /** @param {StoredRequest} request */
  async #deliver(request) {
    this.#busy.add(request.item);
    const outcome = await this.send(request);
    this.#busy.delete(request.item);
    if (outcome === "arrived" || outcome === "refused") {
      this.requests = this.requests.filter((r) => r !== request);
      if (outcome === "refused") this.refused.push(request);
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
    if (this.#retry !== undefined) return;
    this.#failures = trouble === this.trouble ? this.#failures + 1 : 1;
    this.trouble = trouble;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#pump();
    }, backoff(this.#failures, trouble));
  }
}
