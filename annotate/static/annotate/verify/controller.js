/**
 * What the page does. An accepted page goes to the outbox first, then the next one is shown, and the rest waits until that
 * is painted. One page is held ahead.
 */

import { NOTHING, backoff, call, outcomeOf, uuid } from "../labelling/api.js";
import { Sender } from "../labelling/sender.js";
import { Marks } from "./page.js";
import { View } from "./view.js";

/**
 * @typedef {import("./page.js").PageOfTiles} PageOfTiles
 * @typedef {import("../labelling/outbox.js").StoredRequest} StoredRequest
 * @typedef {{project: number, person: number, labels_version: number, labels: import("./view.js").Label[],
 *   lease_seconds: number, single_keys: boolean, size: number | null, page: PageOfTiles | null}} Bootstrap
 */
/** @typedef {{known_wrong: number | null, returned: number, second_look: PageOfTiles | null}} Dropped */

const MINUTE = 60_000;
const MOMENT = 500; // nobody looks at a page in less time: such an Enter was meant for the page before

export class Controller {
  /** @type {Marks | null} */
  current = null;
  /** Pages that were accepted, oldest first. @type {Marks[]} */
  past = [];
  /** @type {Marks[]} */
  ahead = [];

  #asking = false;
  #failures = 0;
  #since = 0;

  /** @param {Bootstrap} bootstrap @param {import("../labelling/outbox.js").Outbox} outbox */
  constructor(bootstrap, outbox) {
    this.bootstrap = bootstrap;
    this.outbox = outbox;
    this.view = new View(bootstrap.labels, (place, label) => this.mark(place, label));
    this.sender = new Sender((request) => this.#send(request), () => this.#report());
  }

  async begin() {
    const { bootstrap, outbox } = this;
    const stored = (await outbox.all()).filter(({ person, path }) => person === bootstrap.person && isOurs(path));
    this.sender.take(...stored);
    if (bootstrap.page) this.ahead.push(new Marks(bootstrap.page));
    this.sender.go();
    this.#next();
    this.renew();
    setInterval(() => document.hidden || this.renew(), Math.min(MINUTE, 250 * bootstrap.lease_seconds));
  }

  /** @param {number} place @param {string | null | undefined} label undefined: cross out, or unmark */
  mark(place, label) {
    if (!this.current) return;
    if (label === undefined) this.current.toggle(place);
    else this.current.set(place, label);
    this.view.paint(this.current);
  }

  accept() {
    const { current, bootstrap } = this;
    const seconds = Math.round(performance.now() - this.#since) / 1000;
    if (!current || (current.page.second_look_of && 1000 * seconds < MOMENT)) return;
    const marks = Object.fromEntries(current.wrong);
    this.#keep(current, "PUT", { marks, seconds, labels_version: bootstrap.labels_version });
    this.past.push(current);
    this.current = null;
    this.view.say("");
    this.view.count(current.accepted + current.relabelled - 1, undefined);
    this.#next();
  }

  undo() {
    const last = this.past.pop();
    if (!last) return this.#undoEarlier();
    this.#keep(last, "DELETE");
    if (this.current) this.ahead.unshift(this.current);
    this.ahead.unshift(last);
    this.view.count(1 - last.accepted - last.relabelled, undefined);
    this.#next();
    this.view.say("The page is taken back. Its marks are as you left them.");
  }

  /** Pages of an earlier visit are taken back by the server's form. */
  #undoEarlier() {
    const { form } = this.view;
    const action = Object.assign(document.createElement("input"), { type: "hidden", name: "act", value: "undo" });
    this.leave();
    form.append(action);
    form.submit();
  }

  /** Start the leases' time again. */
  renew() {
    for (const { page } of [this.current, ...this.ahead].filter((marks) => marks !== null)) {
      if (!this.#pending(page.id)) call("PATCH", `pages/${page.id}/`).catch(() => NOTHING);
    }
  }

  /** Try again what waits. */
  wake() {
    this.sender.wake();
    if (!this.#asking) this.#fetch();
  }

  /** Send what is on its way once more, by requests that outlive the page, and give back what is not answered. */
  leave() {
    for (const { method, path, body } of this.sender.requests) {
      call(method, path, body, { keepalive: true }).catch(() => {});
    }
    for (const { page } of [this.current, ...this.ahead].filter((marks) => marks !== null)) {
      if (!this.#pending(page.id)) call("DELETE", `pages/${page.id}/`, undefined, { keepalive: true }).catch(() => {});
    }
  }

  #next() {
    this.current = this.ahead.shift() ?? null;
    if (this.current) {
      this.view.show(this.current);
      this.#since = performance.now();
    } else this.view.state = "waiting";
    if (this.past.length) this.view.undoable = true;
    setTimeout(() => {
      this.sender.go();
      this.#fetch();
    });
  }

  /** Hold one page ahead; where none is left of this label, of another one. */
  async #fetch() {
    if (this.#asking || this.ahead.length) return;
    this.#asking = true;
    const { project, size } = this.bootstrap;
    const about = { label: this.current?.page.label ?? this.past.at(-1)?.page.label ?? "", tiles: size };
    let reply = await call("POST", `projects/${project}/pages/`, about).catch(() => NOTHING);
    if (reply.status === 200 && !reply.data.page && about.label) {
      reply = await call("POST", `projects/${project}/pages/`, { tiles: size }).catch(() => NOTHING);
    }
    this.#asking = false;
    this.#fetched(reply);
  }

  /** @param {import("../labelling/api.js").Reply} reply */
  #fetched({ status, data }) {
    if (status !== 200) {
      if (!this.current) this.view.say("The next page cannot be had now. Trying again…");
      setTimeout(() => this.#fetch(), backoff((this.#failures += 1)));
      return;
    }
    this.#failures = 0;
    const held = this.current?.page.label ?? data.page?.label;
    const offer = data.offers.find((/** @type {{label: string}} */ { label }) => label === held);
    this.view.count(0, offer?.items ?? 0);
    if (data.page) this.ahead.push(new Marks(data.page));
    if (!this.current && this.ahead.length) this.#next();
    else if (!this.current) this.view.state = "nothing";
  }

  /** The request lies safe in the outbox when this returns. @param {Marks} marks @param {string} method @param {object} [body] */
  #keep({ page }, method, body) {
    const key = uuid();
    const request = {
      key,
      at: performance.timeOrigin + performance.now(),
      person: this.bootstrap.person,
      item: -page.id,
      assignment: 0,
      method,
      path: `pages/${page.id}/answers/`,
      ...(body ? { body: { ...body, client_key: key } } : {}),
    };
    this.outbox.add(request).catch(() => {
      this.outbox.durable = false;
    });
    this.sender.take(request);
  }

  /** @param {StoredRequest} request @returns {Promise<import("../labelling/api.js").Outcome>} */
  async #send(request) {
    const { status, data } = await call(request.method, request.path, request.body).catch(() => NOTHING);
    if (status === 409) this.view.say(data?.detail ?? "", true);
    if (data?.status === "dropped") this.#dropped(-request.item, data);
    const outcome = status === 409 ? "arrived" : outcomeOf(status);
    if (outcome === "arrived") await this.outbox.remove(request).catch(() => {});
    return outcome;
  }

  /** @param {number} id @param {Dropped} outcome */
  #dropped(id, { known_wrong, returned, second_look }) {
    const dropped = this.past.find(({ page }) => page.id === id);
    this.past = this.past.filter((marks) => marks !== dropped);
    if (dropped) this.view.count(1 - dropped.accepted - dropped.relabelled, undefined);
    this.view.undoable = this.past.length > 0;
    if (second_look) return this.#lookAgain(second_look);
    if (known_wrong === null) return;
    const words = `Nothing of the last page was stored: you accepted item ${known_wrong + 1}, which is known to be wrong.`;
    this.view.say(`${words} Its ${returned} items went back to the queue.`, true);
  }

  /** At once; where the person is at another page already, it comes next. @param {PageOfTiles} page */
  #lookAgain(page) {
    const held = [this.current, ...this.ahead].filter((marks) => marks !== null);
    if (held.some((marks) => marks.page.id === page.id)) return;
    const rest = held.filter((marks) => marks.page.id !== page.second_look_of);
    const isBusy = this.current === rest[0] && (this.current?.touched || this.view.at > 0);
    this.ahead = isBusy ? [new Marks(page), ...rest.slice(1)] : [new Marks(page), ...rest];
    if (!isBusy) this.#next();
  }

  /** @param {number} id */
  #pending(id) {
    return this.sender.requests.some(({ item }) => item === -id);
  }

  /** Say how the requests stand. */
  #report() {
    const { requests, refused, trouble } = this.sender;
    const where = this.outbox.durable ? "kept on this device" : "not saved: leave this page open";
    const pages = `${requests.length} page${requests.length === 1 ? "" : "s"}`;
    if (trouble) this.view.saved(requests.length ? `${trouble}, ${pages} ${where}` : trouble, "bad");
    else if (refused.length) this.view.saved(`${refused.length} refused by the server`, "bad");
    else this.view.saved(requests.length ? `saving ${pages}…` : "all saved", requests.length ? "busy" : "good");
  }
}

/** @param {string} path */
function isOurs(path) {
  return path.startsWith("pages/");
}
