/**
 * The labelling screen. Keys, clicks and swipes press the controls of a real form; what they say goes to the outbox
 * first, then the next item is shown, and everything else waits until that is painted.
 */

import { Delivery, fate, patience } from "./delivery.js";
import { belongsTo, shortcut } from "./keys.js";
import { Leases } from "./leases.js";
import { openOutbox } from "./outbox.js";
import { call, uuid } from "./rest.js";
import { Screen, part } from "./screen.js";
import { Session, median } from "./session.js";
import { Stopwatch } from "./stopwatch.js";
import { watchSwipes } from "./swipe.js";

/**
 * What a task type brings: how its part of the form says a value.
 * @typedef {object} TaskType
 * @property {boolean} goesOn choosing a label is the whole answer
 * @property {(choices: HTMLFieldSetElement) => unknown} read the value, undefined while there is none
 * @property {(choices: HTMLFieldSetElement, value: unknown) => void} write undefined for a fresh item
 * @property {(value: unknown) => string[]} names the labels that a value names
 *
 * @typedef {import("./session.js").Assignment} Assignment
 * @typedef {import("./session.js").Past} Past
 * @typedef {import("./outbox.js").Letter} Letter
 * @typedef {import("./outbox.js").Outbox} Outbox
 * @typedef {Omit<Letter, "key" | "at" | "person">} Unsigned
 * @typedef {{project: number, person: number, lease_seconds: number, suggestions: "hidden" | "after" | "shown",
 *   single_keys: boolean, today: number, left: number, more_left: boolean, assignments: Assignment[],
 *   past: Past[]}} Facts
 */

const MINUTE = 60_000;
const CALM = 500; // ms that letters may be on their way before the page speaks of it

/** @param {TaskType} taskType */
export async function start(taskType) {
  const facts = JSON.parse(part("#facts", HTMLScriptElement).textContent ?? "");
  if (!document.querySelector("#choices label")) return;
  await new Sitting(taskType, facts, new Screen(), await openOutbox()).begin();
}

class Sitting {
  /** The item on the screen is the current one, and painted: only then it can be answered. */
  #ready = false;
  /** An act is being done. */
  #busy = true;
  /** Each showing of an item has a number, so that a late picture is not put over a newer item. */
  #turn = 0;
  /** The suggestion was shown after the first choice. */
  #revealed = false;
  /** An arrow key moves through the radio buttons: that is no choice yet. */
  #moving = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #speaking;
  /** @type {Set<number>} items flagged in this sitting */
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
      session: this.session,
      answered: (id) =>
        this.session.past.some(({ assignment }) => assignment.id === id) ||
        this.delivery.letters.some(({ assignment }) => assignment === id),
      given: () => this.#given(),
    });
    const [first] = facts.assignments;
    if (first && part(".flag", HTMLButtonElement).ariaPressed === "true") this.#flagged.add(first.item.id);
  }

  async begin() {
    const letters = (await this.outbox.all()).filter(({ person }) => person === this.facts.person);
    this.delivery.letters = letters;
    this.leases.begin(this.facts.assignments);
    this.#listen();
    document.body.dataset["quick"] = "";
    await this.#show();
    this.delivery.post();
  }

  // Acts

  /** Answer the item on the screen with what the form says. */
  submit() {
    const value = this.taskType.read(this.screen.choices);
    const { current } = this.session;
    if (!this.#ready || !current) return;
    if (value === undefined) return this.screen.say("Choose a label first.", 3);
    if (this.#reveals(value)) return;
    const seconds = this.#watch.seconds;
    this.screen.flash(this.taskType.names(value));
    const body = { value, client_key: uuid(), seconds };
    return this.#act({ ...about(current), method: "PUT", path: `${path(current)}annotation/`, body }, () => {
      this.session.settle("answer", value, seconds);
      this.#counted(1, -1);
    });
  }

  /** @param {string} [reason] */
  skip(reason = "") {
    const { current } = this.session;
    if (!this.#ready || !current) return;
    return this.#act({ ...about(current), method: "PUT", path: `${path(current)}skip/`, body: { reason } }, () => {
      this.session.settle("skip", null);
      this.#counted(0, -1);
      this.screen.say("Skipped.", 2);
    });
  }

  /** Take back what is looked at, else the newest answer or skip. */
  undo() {
    const { past, looking } = this.session;
    const one = past[looking ?? past.length - 1];
    if (this.#busy) return;
    if (!one) return this.screen.say("There is nothing to take back.", 3);
    const { assignment } = one;
    return this.#act({ ...about(assignment), method: "DELETE", path: `${path(assignment)}annotation/` }, () => {
      this.session.reopen(one);
      this.#counted(one.act === "answer" ? -1 : 0, 1);
    });
  }

  /** Raise the flag of the item on the screen, or lower it. */
  async flag() {
    const assignment = this.session.view?.assignment;
    if (!assignment) return;
    const { id } = assignment.item;
    const raised = !this.#flagged.has(id);
    if (raised) this.#flagged.add(id);
    else this.#flagged.delete(id);
    this.screen.flagged(raised);
    this.screen.say(raised ? "Flagged for others to look at." : "The flag is gone.", 3);
    await this.#post({ ...about(assignment), assignment: 0, method: raised ? "PUT" : "DELETE", path: `items/${id}/flag/` });
  }

  /** @param {string} text */
  async comment(text) {
    const assignment = this.session.view?.assignment;
    if (!assignment || !text) return;
    const path = `items/${assignment.item.id}/comments/`;
    await this.#post({ ...about(assignment), assignment: 0, method: "POST", path, body: { text } });
    this.screen.say("The comment is kept.", 3);
  }

  /** @param {-1 | 1} step */
  look(step) {
    if (!this.#busy && this.session.look(step)) this.#show();
  }

  /**
   * First into the outbox, then the next item; the rest after the paint. The next item can be answered once this
   * letter is safe in the database.
   * @param {Unsigned} draft
   * @param {() => void} change of the session
   */
  async #act(draft, change) {
    this.#ready = false;
    this.#busy = true;
    const letter = this.#signed(draft);
    const kept = this.#keep(letter);
    change();
    await this.#show(kept);
    afterPaint(() => this.delivery.post(letter));
  }

  /** @param {Unsigned} draft */
  async #post(draft) {
    const letter = this.#signed(draft);
    await this.#keep(letter);
    this.delivery.post(letter);
  }

  /** @param {Unsigned} draft @returns {Letter} */
  #signed(draft) {
    return { key: uuid(), at: performance.timeOrigin + performance.now(), person: this.facts.person, ...draft };
  }

  /** @param {Letter} letter */
  async #keep(letter) {
    await this.outbox.add(letter).catch(() => {
      this.outbox.durable = false;
    });
  }

  /** Whether the model's suggestion is now shown for the first time, so that the choice can be thought over. @param {unknown} value */
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

  // What is seen

  /** @param {Promise<void>} [kept] resolves when the letter before is safe */
  async #show(kept) {
    const turn = ++this.#turn;
    const { view } = this.session;
    this.#ready = false;
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
    await Promise.all([painted(), kept]);
    if (turn !== this.#turn) return;
    this.#busy = false;
    this.#ready = view !== null && view.past === null;
    if (this.#ready) this.#watch.restart();
    afterPaint(() => this.#prefetch());
  }

  /** Everything around the item. */
  #paint() {
    const { view, former, past, looking } = this.session;
    const { screen, taskType, facts } = this;
    const kept = view?.past ?? (looking === null ? former : null);
    screen.state = view ? (view.past ? "looking" : "item") : this.leases.exhausted ? "nothing" : "waiting";
    taskType.write(screen.choices, kept?.act === "answer" ? kept.value : undefined);
    const suggestion = view && !view.past && facts.suggestions === "shown" ? view.assignment.suggestion : null;
    screen.suggest(suggestion, suggestion ? taskType.names(suggestion.value) : []);
    screen.flagged(Boolean(view && this.#flagged.has(view.assignment.item.id)));
    screen.undoable(past.length > 0);
    screen.focus();
    this.#revealed = false;
    if (view?.past) screen.say(`Looking back, ${past.length - (looking ?? 0)} before the current one${kept?.act === "skip" ? ": skipped" : ""}. U takes it back, → goes on.`);
    else if (former) screen.say("Taken back. Its former answer is lit.", 3);
    else if (!view && !this.leases.exhausted) screen.say("Waiting for the next item…");
    else if (document.querySelector("#notice")?.textContent !== "Skipped.") screen.say("");
    if (screen.state === "nothing") screen.sum(this.session.seconds.length, median(this.session.seconds));
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
        this.screen.say("The picture does not come. Trying again…");
        this.#busy = false;
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
    if (this.screen.state !== "item" && this.screen.state !== "looking" && !this.#busy) this.#show();
    else this.#prefetch();
    this.#told();
  }

  /** @param {number} done @param {number} left */
  #counted(done, left) {
    this.facts.today = Math.max(0, this.facts.today + done);
    this.facts.left = Math.max(0, this.facts.left + left);
    this.screen.count({ today: this.facts.today, left: this.facts.left, moreLeft: this.facts.more_left });
  }

  /** Say how the letters stand: at once when something is wrong or all is well, else when it takes a while. */
  #told() {
    const { letters, refused } = this.delivery;
    const trouble = this.delivery.trouble ?? this.leases.trouble;
    const kept = this.outbox.durable ? "kept on this device" : "not saved: leave this page open";
    clearTimeout(this.#speaking);
    this.screen.lock(trouble === "locked out");
    if (trouble) this.screen.saved(`${trouble === "offline" ? "offline" : "logged out"}${letters.length ? `, ${letters.length} ${kept}` : ""}`, "bad");
    else if (refused.length) this.screen.saved(`${refused.length} refused by the server`, "bad");
    else if (!letters.length) this.screen.saved("all saved", "good");
    else this.#speaking = setTimeout(() => this.screen.saved(`saving ${letters.length}…`, "busy"), CALM);
  }

  // To the server

  /** @param {Letter} letter @returns {Promise<import("./delivery.js").Fate>} */
  async #send(letter) {
    const claimed = letter.method === "PUT" && letter.body?.["client_key"] ? this.leases.claim() : 0;
    try {
      const body = claimed ? { ...letter.body, next: claimed } : letter.body;
      const { status, data } = await call(letter.method, letter.path, body);
      const outcome = fate(status);
      if (claimed) this.leases.meet(claimed, outcome === "arrived" ? data.next : null);
      if (outcome === "arrived") await this.outbox.remove(letter);
      return outcome;
    } catch {
      if (claimed) this.leases.meet(claimed, null);
      return "later";
    }
  }

  #wake() {
    this.delivery.wake();
    this.leases.wake();
  }

  // What people do

  #listen() {
    const { choices, stage } = this.screen;
    document.addEventListener("keydown", (event) => this.#pressed(event));
    document.addEventListener("keyup", () => (this.#moving = false));
    document.addEventListener("submit", (event) => this.#submitted(event));
    choices.addEventListener("click", (event) => this.#clicked(event));
    stage.addEventListener("dblclick", () => this.screen.zoom());
    part("#comment", HTMLElement).addEventListener("beforetoggle", (event) => this.#opened(event));
    const labels = [...choices.querySelectorAll("label")];
    if (this.taskType.goesOn && labels.length === 2) {
      stage.dataset.swipes = "";
      const side = (/** @type {number} */ way) => labels[way < 0 ? 0 : 1];
      watchSwipes(stage, (way) => labels.forEach((l) => l.toggleAttribute("data-leaning", way !== 0 && l === side(way))), (way) => side(way)?.click());
    }
    addEventListener("online", () => this.#wake());
    addEventListener("focus", () => this.#wake());
    document.addEventListener("visibilitychange", () => this.#seen());
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    setInterval(() => document.hidden || this.leases.renew(), Math.min(MINUTE, 250 * this.facts.lease_seconds));
    setInterval(() => document.hidden || this.session.current || this.leases.refill(), MINUTE / 3);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const target = event.target instanceof Element ? event.target : null;
    this.#moving = Boolean(target?.matches("input[type=radio]")) && (event.key.startsWith("Arrow") || event.key === " ");
    if (event.key === "Tab") document.body.dataset["tabbing"] = "";
    const key = shortcut(event, this.facts.single_keys);
    if (!key || belongsTo(target, key) || (this.screen.covered && key !== "?")) return;
    delete document.body.dataset["tabbing"];
    const control = this.screen.choices.querySelector(`[data-hotkey="${key}"]`) ?? document.querySelector(`[data-hotkey="${key}"]`);
    if (control instanceof HTMLLabelElement) control.control?.click(); // not the label: it would take the focus
    else if (control instanceof HTMLElement) control.click();
    else if (key === "Enter" && this.screen.choices.querySelector("input:checked")) this.submit();
    else if (key === "ArrowLeft" || key === "ArrowRight") this.look(key === "ArrowLeft" ? -1 : 1);
    else if (key === "z") this.screen.zoom();
    else return;
    event.preventDefault();
  }

  /** A label was chosen, by key, mouse, touch or swipe. @param {Event} event */
  #clicked(event) {
    if (!(event.target instanceof HTMLInputElement)) return;
    if (!this.#ready) event.preventDefault();
    else if (this.taskType.goesOn && !this.#moving) this.submit();
  }

  /** A button of a form was pressed. @param {SubmitEvent} event */
  #submitted(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    const data = new FormData(form);
    const act = event.submitter instanceof HTMLButtonElement ? event.submitter.value : "submit";
    if (act === "submit") this.submit();
    else if (act === "skip") this.skip(String(data.get("reason") ?? "").trim());
    else if (act === "undo") this.undo();
    else if (act === "flag") this.flag();
    else if (act === "comment") this.comment(String(data.get("text") ?? "").trim());
    if (form !== this.screen.form) {
      form.reset();
      this.screen.uncover();
    }
  }

  /** The comments of this item, fetched as their sheet opens. @param {Event} event */
  async #opened(event) {
    const item = this.session.view?.assignment.item.id;
    if (!(event instanceof ToggleEvent) || event.newState !== "open" || !item) return;
    this.screen.comments([]);
    const { status, data } = await call("GET", `items/${item}/comments/`).catch(() => ({ status: 0, data: null }));
    if (status === 200 && item === this.session.view?.assignment.item.id) this.screen.comments(data.results ?? data);
  }

  /** Send what is on its way once more, by requests that outlive the page; the outbox keeps it until the next visit. */
  #leave() {
    const first = new Map(this.delivery.letters.toReversed().map((letter) => [letter.item, letter]));
    for (const { method, path, body } of first.values()) {
      if (method !== "POST") call(method, path, body, { keepalive: true }).catch(() => {});
    }
    this.leases.release();
  }

  #seen() {
    if (document.hidden) return this.#watch.pause();
    this.#watch.resume();
    this.#wake();
    this.leases.renew();
  }
}

/** @param {Assignment} assignment */
function about(assignment) {
  return { item: assignment.item.id, assignment: assignment.id };
}

/** @param {Assignment} assignment */
function path(assignment) {
  return `assignments/${assignment.id}/`;
}

/** Resolves in the frame in which what was just changed is painted. @returns {Promise<void>} */
function painted() {
  return document.hidden ? Promise.resolve() : new Promise((resolve) => requestAnimationFrame(() => resolve()));
}

/** @param {() => void} work */
function afterPaint(work) {
  setTimeout(work);
}
