/**
 * One sitting at the labelling screen. What is said goes to the outbox first, then the next item is shown, and
 * everything else waits until that is painted.
 */

import { Delivery, fate, patience } from "./delivery.js";
import { Leases } from "./leases.js";
import { NOTHING, call, uuid } from "./rest.js";
import { Session, median } from "./session.js";
import { Stopwatch } from "./stopwatch.js";

/**
 * @typedef {import("./start.js").TaskType} TaskType
 * @typedef {import("./screen.js").Screen} Screen
 * @typedef {import("./session.js").Assignment} Assignment
 * @typedef {import("./session.js").Past} Past
 * @typedef {import("./outbox.js").Letter} Letter
 * @typedef {import("./outbox.js").Outbox} Outbox
 * @typedef {Omit<Letter, "key" | "at" | "person">} Draft
 * @typedef {{project: number, person: number, lease_seconds: number, generation: number, labels_version: number, suggestions: "hidden" | "after" | "shown",
 *   single_keys: boolean, today: number, left: number, more_left: boolean, assignments: Assignment[],
 *   past: Past[]}} Facts
 */

const MINUTE = 60_000;
const CALM = 500; // ms that letters may be on their way before the page speaks of it

export class Sitting {
  /** The item on the screen is the current one, and painted: only then it can be answered. */
  ready = false;

  /** An act is being done. */
  #busy = true;
  /** The picture does not come: the item cannot be answered, but skipped. */
  #stuck = false;
  /** Each showing of an item has a number, so that a late picture is not put over a newer item. */
  #turn = 0;
  /** The suggestion was shown after the first choice. */
  #revealed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #speaking;
  /** Items flagged in this sitting. */
  #flagged = new Set();
  #watch = new Stopwatch();

  /** @param {TaskType} taskType @param {Facts} facts @param {Screen} screen @param {Outbox} outbox */
  constructor(taskType, facts, screen, outbox) {
    this.taskType = taskType;
    this.facts = facts;
    this.screen = screen;
    this.outbox = outbox;
    this.session = new Session(facts.past);
    this.delivery = new Delivery((letter) => this.#send(letter), () => this.#told());
    this.leases = new Leases({
      project: facts.project,
      seconds: facts.lease_seconds,
      generation: facts.generation,
      session: this.session,
      pending: (id) => this.delivery.letters.some(({ assignment }) => assignment === id),
      given: () => this.#given(),
    });
  }

  async begin() {
    const { facts, screen, leases } = this;
    const [first] = facts.assignments;
    if (first && screen.isFlagged) this.#flagged.add(first.item.id);
    this.delivery.take(...(await this.outbox.all()).filter(({ person }) => person === facts.person));
    leases.begin(facts.assignments);
    const shown = this.#show();
    this.delivery.go();
    await shown;
    document.body.dataset["quick"] = "";
    setInterval(() => document.hidden || leases.renew(), Math.min(MINUTE, 250 * facts.lease_seconds));
    setInterval(() => document.hidden || this.session.current || leases.refill(), MINUTE / 3);
  }

  /** Answer the item on the screen with what the form says. */
  submit() {
    const value = this.taskType.read(this.screen.choices);
    const { current } = this.session;
    if (!this.ready || !current) return;
    if (value === undefined) return this.screen.say("Choose a label first.");
    if (this.#reveals(value)) return;
    const { seconds } = this.#watch;
    const { labels_version } = this.facts;
    this.screen.flash(this.taskType.names(value));
    this.#act({ ...about(current, "annotation/"), method: "PUT", body: { value, seconds, labels_version } }, (key) => {
      this.session.settle("answer", value, seconds, key);
      this.#count(1, -1);
    });
  }

  /** @param {string} reason */
  skip(reason) {
    const { current } = this.session;
    if (!(this.ready || this.#stuck) || !current) return;
    this.screen.say("Skipped.", 2);
    this.#act({ ...about(current, "skip/"), method: "PUT", body: { reason } }, () => {
      this.session.settle("skip", null);
      this.#count(0, -1);
    });
  }

  /** Take back what is looked at, else the newest answer or skip. */
  undo() {
    const { past, looking } = this.session;
    const one = past[looking ?? past.length - 1];
    if (this.#busy || !one) return;
    this.screen.say("Taken back. Its former answer is lit.", 3);
    const which = one.key ? `?client_key=${one.key}` : ""; // a newer answer, from elsewhere, stays
    this.#act({ ...about(one.assignment, `annotation/${which}`), method: "DELETE" }, () => {
      this.session.reopen(one);
      this.#count(one.act === "answer" ? -1 : 0, 1);
    });
  }

  /** Raise the flag of the item on the screen, or lower it. */
  flag() {
    const item = this.session.view?.assignment.item.id;
    if (!item) return;
    const raised = !this.#flagged.delete(item);
    if (raised) this.#flagged.add(item);
    this.screen.isFlagged = raised;
    this.screen.say(raised ? "Flagged for others to look at." : "The flag is down.");
    this.#post({ item, assignment: 0, method: raised ? "PUT" : "DELETE", path: `items/${item}/flag/` });
  }

  /** @param {string} text */
  comment(text) {
    const item = this.session.view?.assignment.item.id;
    if (!item || !text) return;
    this.screen.say("The comment is kept.");
    this.#post({ item, assignment: 0, method: "POST", path: `items/${item}/comments/`, body: { text } });
  }

  /** Look back (-1) or forward (+1) without changing anything. @param {-1 | 1} step */
  look(step) {
    if (!this.#busy && this.session.look(step)) this.#show();
  }

  /** Something may have changed for the better: try again what waits. */
  wake() {
    this.delivery.wake();
    this.leases.wake();
  }

  /** The page is seen, or is not. @param {boolean} visible */
  seen(visible) {
    if (!visible) return this.#watch.pause();
    this.#watch.resume();
    this.wake();
    this.leases.renew();
  }

  /** Send what is on its way once more, by requests that outlive the page; the outbox keeps it until the next visit. */
  leave() {
    const first = new Map(this.delivery.letters.toReversed().map((letter) => [letter.item, letter]));
    for (const letter of first.values()) {
      call(letter.method, letter.path, contents(letter), { keepalive: true }).catch(() => {});
    }
    this.leases.release();
  }

  /**
   * First into the outbox, then the next item; the rest after the paint.
   * @param {Draft} draft
   * @param {(key: string) => void} change of the session; told the letter's key
   */
  async #act(draft, change) {
    this.ready = false;
    this.#busy = true;
    change(this.#keep(draft));
    await this.#show();
    setTimeout(() => this.delivery.go());
  }

  /** @param {Draft} draft */
  #post(draft) {
    this.#keep(draft);
    this.delivery.go();
  }

  /** The letter lies safe in the outbox when this returns. @param {Draft} draft */
  #keep(draft) {
    const letter = { key: uuid(), at: performance.timeOrigin + performance.now(), person: this.facts.person, ...draft };
    this.outbox.add(letter).catch(() => {
      this.outbox.durable = false;
    });
    this.delivery.take(letter);
    return letter.key;
  }

  /**
   * Whether the model's suggestion is now shown for the first time, so that the choice can be thought over.
   * @param {unknown} value
   */
  #reveals(value) {
    const suggestion = this.session.current?.suggestion;
    if (this.facts.suggestions !== "after" || !suggestion || this.#revealed) return false;
    this.#revealed = true;
    const names = this.taskType.names(suggestion.value);
    if (names.join("\n") === this.taskType.names(value).join("\n")) return false;
    this.screen.suggest(suggestion, names);
    this.screen.say(`The model would say ${names.join(", ") || "none of them"}. Choose again: your word counts.`);
    return true;
  }

  async #show() {
    const turn = ++this.#turn;
    const { view } = this.session;
    this.ready = this.#stuck = false;
    this.#busy = true;
    if (view) {
      const prepared = this.screen.prepare(view.assignment.item);
      const node = prepared instanceof Promise ? await this.#awaited(prepared, view.assignment, turn) : prepared;
      if (turn !== this.#turn || !node) return;
      this.screen.put(view.assignment.item, node);
    } else {
      this.screen.clear();
    }
    this.#paint();
    await painted();
    if (turn !== this.#turn) return;
    this.#busy = false;
    this.ready = view !== null && view.past === null;
    if (this.ready) this.#watch.restart();
    setTimeout(() => this.#prefetch());
  }

  /** Everything around the item. */
  #paint() {
    const { screen, taskType, facts, session } = this;
    const { view, former, looking } = session;
    const kept = view?.past ?? former;
    this.#revealed = false;
    screen.state = view ? (view.past ? "looking" : "item") : this.leases.exhausted ? "nothing" : "waiting";
    taskType.write(screen.choices, kept?.act === "answer" ? kept.value : undefined);
    const suggestion = facts.suggestions === "shown" && !view?.past ? (view?.assignment.suggestion ?? null) : null;
    screen.suggest(suggestion, suggestion ? taskType.names(suggestion.value) : []);
    screen.isFlagged = this.#flagged.has(view?.assignment.item.id);
    screen.undoable(session.past.length > 0);
    screen.focus();
    if (looking !== null) {
      const skipped = kept?.act === "skip" ? " You skipped it." : "";
      screen.say(`Looking back, ${session.past.length - looking} before the current item.${skipped} U takes it back, → goes on.`);
    } else screen.say(screen.state === "waiting" ? "Waiting for the next item…" : "");
    if (screen.state === "nothing") {
      screen.sum(session.seconds.length, median(session.seconds));
      facts.more_left = false;
      this.#count(0, -facts.left);
    }
  }

  /**
   * The picture, however long it takes; null when another item is to be shown meanwhile.
   * @param {Promise<HTMLElement>} coming @param {Assignment} assignment @param {number} turn
   */
  async #awaited(coming, assignment, turn) {
    for (let failures = 1; ; failures += 1) {
      try {
        return await coming;
      } catch {
        if (turn !== this.#turn) return null;
        this.screen.clear();
        this.screen.say("The picture does not come. Trying again… You can skip it.");
        this.#busy = false;
        this.#stuck = this.session.looking === null;
        await new Promise((resolve) => setTimeout(resolve, patience(failures)));
        if (turn !== this.#turn) return null;
        coming = Promise.resolve(this.screen.prepare(assignment.item));
      }
    }
  }

  #prefetch() {
    const address = (/** @type {Assignment} */ { item }) => item.image ?? [];
    const behind = this.session.past.slice(-3).map(({ assignment }) => assignment);
    this.screen.pictures.plan(this.session.held.flatMap(address), behind.flatMap(address));
    this.leases.refill();
  }

  /** Leases came, or did not. */
  #given() {
    if (this.delivery.trouble && !this.leases.trouble) this.delivery.wake();
    if (this.session.view || this.#busy) this.#prefetch();
    if (!this.#busy && this.screen.state !== "item" && this.screen.state !== "looking") this.#show();
    this.#told();
  }

  /** @param {number} done @param {number} left */
  #count(done, left) {
    this.facts.today = Math.max(0, this.facts.today + done);
    this.facts.left = Math.max(0, this.facts.left + left);
    this.screen.count(this.facts.today, this.facts.left, this.facts.more_left);
  }

  /** Say how the letters stand: at once when something is wrong or all is well, else when it takes a while. */
  #told() {
    const { letters, refused } = this.delivery;
    const trouble = this.delivery.trouble ?? this.leases.trouble;
    const kept = this.outbox.durable ? "kept on this device" : "not saved: leave this page open";
    clearTimeout(this.#speaking);
    this.screen.unsaved(letters.length);
    this.screen.lock(trouble === "logged out");
    if (trouble) this.screen.saved(letters.length ? `${trouble}, ${letters.length} ${kept}` : trouble, "bad");
    else if (refused.length) this.screen.saved(`${refused.length} refused by the server`, "bad");
    else if (!letters.length) this.screen.saved("all saved", "good");
    else this.#speaking = setTimeout(() => this.screen.saved(`saving ${letters.length}…`, "busy"), CALM);
  }

  /** A reviewer settled the answer before it was changed or taken back. @param {Letter} letter @param {string} reason */
  #dismiss(letter, reason) {
    const { current, looking } = this.session;
    this.session.dismiss(letter.assignment);
    if (letter.method === "DELETE") this.#count(1, -1);
    else this.#count(-1, 1);
    if (this.session.current !== current || looking !== null) this.#show();
    this.screen.say(reason, 8);
  }

  /** An answer brings the next items along. @param {Letter} letter @returns {Promise<import("./delivery.js").Fate>} */
  async #send(letter) {
    const claimed = isAnswer(letter) ? this.leases.claim() : 0;
    const body = claimed ? { ...contents(letter), next: claimed } : contents(letter);
    const { status, data, generation } = await call(letter.method, letter.path, body).catch(() => NOTHING);
    const outcome = fate(status);
    this.leases.heed(generation);
    if (claimed) this.leases.meet(claimed, outcome === "arrived" ? data.next : null, generation);
    if (status === 409 && letter.path.includes("annotation")) {
      this.#dismiss(letter, data?.detail);
      await this.outbox.remove(letter).catch(() => {});
      return "arrived";
    }
    if (outcome === "arrived") {
      if (this.leases.trouble) this.leases.wake();
      await this.outbox.remove(letter).catch(() => {});
    }
    return outcome;
  }
}

/** @param {Assignment} assignment @param {string} what of its REST interface */
function about({ id, item }, what) {
  return { item: item.id, assignment: id, path: `assignments/${id}/${what}` };
}

/** @param {Letter} letter */
function isAnswer({ body }) {
  return body !== undefined && "value" in body;
}

/** @param {Letter} letter */
function contents(letter) {
  return isAnswer(letter) || letter.method === "POST" ? { ...letter.body, client_key: letter.key } : letter.body;
}

/** Resolves in the frame in which what was just changed is painted. @returns {Promise<void>} */
function painted() {
  return document.hidden ? Promise.resolve() : new Promise((resolve) => requestAnimationFrame(() => resolve()));
}
