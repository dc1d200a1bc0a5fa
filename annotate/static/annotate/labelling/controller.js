/**
 * What the labelling screen does. An answer goes to the outbox first, then the next item is shown, and everything else
 * waits until that is painted.
 */

import { NOTHING, backoff, call, outcomeOf, uuid } from "./api.js";
import { draftOf, keepDraft } from "./drafts.js";
import { Leases } from "./leases.js";
import { Sender } from "./sender.js";
import { State, Stopwatch } from "./state.js";

/**
 * @typedef {import("./main.js").TaskType} TaskType
 * @typedef {import("./view.js").View} View
 * @typedef {import("./state.js").Assignment} Assignment
 * @typedef {import("./state.js").Past} Past
 * @typedef {import("./outbox.js").StoredRequest} StoredRequest
 * @typedef {import("./outbox.js").Outbox} Outbox
 * @typedef {Omit<StoredRequest, "key" | "at" | "person" | "name">} Draft
 * @typedef {{project: number, person: number, name: string, lease_seconds: number, generation: number, labels_version: number,
 *   labels: import("./main.js").Label[], suggestions: "hidden" | "after" | "shown",
 *   single_keys: boolean, today: number, open: number, more_open: boolean, assignments: Assignment[],
 *   past: Past[]}} Bootstrap
 */

const MINUTE = 60_000;
const CALM = 500; // ms that requests may be on their way before the page speaks of it

export class Controller {
  /** The item on the screen is the current one, and painted: only then it can be answered. */
  ready = false;

  /** An action is being done. */
  #busy = true;
  /** The picture does not come: the item cannot be answered, but skipped. */
  #stuck = false;
  /** Each showing of an item has a number, so that a late picture is not put over a newer item. */
  #turn = 0;
  /** The suggestion was shown after the first choice. */
  #revealed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #speaking;
  /** Items flagged since the page was opened. */
  #flagged = new Set();
  #watch = new Stopwatch();

  /** @param {TaskType} taskType @param {Bootstrap} bootstrap @param {View} view @param {Outbox} outbox */
  constructor(taskType, bootstrap, view, outbox) {
    this.taskType = taskType;
    this.bootstrap = bootstrap;
    this.view = view;
    this.outbox = outbox;
    this.state = new State(bootstrap.past);
    this.state.pictureSize = () => view.images?.average ?? 0;
    this.sender = new Sender((request) => this.#send(request), () => {
      this.#report();
      if (this.state.begun) this.leases.refill();
    });
    this.leases = new Leases({
      project: bootstrap.project,
      seconds: bootstrap.lease_seconds,
      generation: bootstrap.generation,
      state: this.state,
      pending: (id) => this.sender.requests.some(({ assignment }) => assignment === id),
      sending: () => this.sender.requests.length > 0 && !this.sender.trouble,
      leased: () => this.#leased(),
    });
  }

  async begin() {
    const { bootstrap, view, leases } = this;
    this.taskType.mount?.({
      stage: view.stage,
      panel: view.panel,
      labels: bootstrap.labels,
      announce: (text) => view.say(text),
      changed: () => this.#draft(),
      zoom: () => view.zoom(),
      singleKeys: bootstrap.single_keys,
    });
    if (document.querySelector("[data-finder]")) {
      const { Finder } = await import("./finder.js");
      view.finder = new Finder(view, bootstrap, { lettersToo: !this.taskType.key });
    }
    if (document.querySelector("#add-label")) (await import("./adding.js")).addLabels(this);
    const [first] = bootstrap.assignments;
    if (first && view.isFlagged) this.#flagged.add(first.item.id);
    const isOwn = (/** @type {StoredRequest} */ { person }) => person === bootstrap.person;
    const requests = await this.outbox.all();
    const others = requests.filter((request) => !isOwn(request));
    this.sender.take(...requests.filter(isOwn));
    leases.begin(bootstrap.assignments);
    const firstPaint = this.#show();
    this.sender.go();
    await firstPaint;
    document.body.dataset["quick"] = "";
    if (others.length) import("./others.js").then(({ tellOfOthers }) => tellOfOthers(others));
    setInterval(() => document.hidden || leases.renew(), Math.min(MINUTE, 250 * bootstrap.lease_seconds));
    setInterval(() => document.hidden || this.#recount(), MINUTE);
    setInterval(() => document.hidden || this.state.current || leases.refill(), MINUTE / 3);
  }

  /** Answer the item on the screen with what the form says. */
  submit() {
    const value = this.taskType.read();
    const { current } = this.state;
    if (!this.ready || !current) return;
    if (value === undefined) return this.view.say(this.taskType.missing ?? "Choose a label first.");
    const objection = this.taskType.objection?.();
    if (objection) return this.view.say(objection);
    if (this.#reveals(value)) return;
    const { seconds } = this.#watch;
    const { labels_version } = this.bootstrap;
    const origins = this.taskType.origins?.();
    this.view.flash(this.taskType.labelsIn(value));
    this.#do({ ...about(current, "annotation/"), method: "PUT", body: { value, seconds, labels_version, origins } }, (key) => {
      this.state.settle("answer", this.taskType.answered?.() ?? value, seconds, key);
      keepDraft(current.id, undefined);
      this.#count(1, -1);
    });
  }

  /** @param {string} reason */
  skip(reason) {
    const { current } = this.state;
    if (!(this.ready || this.#stuck) || !current) return;
    const unfinished = this.taskType.unfinished?.();
    if (unfinished && !confirm(`Skip this item and drop ${unfinished}?`)) return;
    keepDraft(current.id, undefined);
    this.view.say("Skipped.", 2);
    this.#do({ ...about(current, "skip/"), method: "PUT", body: { reason } }, () => {
      this.state.settle("skip", null);
      this.#count(0, -1);
    });
  }

  /** Take back what is looked at, else the last answer or skip. */
  undo() {
    const { past, looking } = this.state;
    const last = past[looking ?? past.length - 1];
    if (this.ready && this.taskType.undo?.()) return;
    if (this.#busy || !last) return;
    this.view.say("Taken back. Its former answer is lit.", 3);
    const which = last.key ? `?client_key=${last.key}` : ""; // a newer answer, from elsewhere, stays
    this.#do({ ...about(last.assignment, `annotation/${which}`), method: "DELETE" }, () => {
      this.state.reopen(last);
      this.#count(last.action === "answer" ? -1 : 0, 1);
    });
  }

  /** Raise the flag of the item on the view, or lower it. */
  flag() {
    const item = this.state.shown?.assignment.item.id;
    if (!item) return;
    const raised = !this.#flagged.delete(item);
    if (raised) this.#flagged.add(item);
    this.view.isFlagged = raised;
    this.view.say(raised ? "Flagged for others to look at." : "The flag is down.");
    this.#post({ item, assignment: 0, method: raised ? "PUT" : "DELETE", path: `items/${item}/flag/` });
  }

  /** @param {string} text */
  comment(text) {
    const item = this.state.shown?.assignment.item.id;
    if (!item || !text) return;
    this.view.say("The comment is kept.");
    this.#post({ item, assignment: 0, method: "POST", path: `items/${item}/comments/`, body: { text } });
  }

  /** Look back (-1) or forward (+1) without changing anything. @param {-1 | 1} step */
  look(step) {
    if (!this.#busy && this.state.look(step)) this.#show();
  }

  /** Somebody does something on the page: the items after the first are leased before the first is answered. */
  attend() {
    this.state.begun = true;
    this.leases.refill();
  }

  /** Something may have changed for the better: try again what waits. */
  wake() {
    this.sender.wake();
    this.leases.wake();
  }

  /** The page is seen, or is not. @param {boolean} visible */
  seen(visible) {
    if (!visible) return this.#watch.pause();
    this.#watch.resume();
    this.wake();
    this.leases.renew();
  }

  /** Another tab goes on: this one sends what it has not sent, and does nothing else. */
  stop() {
    this.#turn += 1;
    this.ready = this.#stuck = false;
    this.#busy = this.leases.stopped = true;
    this.view.state = "elsewhere";
  }

  /** Send what is on its way once more, by requests that outlive the page; the outbox keeps it until the next visit. */
  leave() {
    const first = new Map(this.sender.requests.toReversed().map((request) => [request.item, request]));
    for (const request of first.values()) {
      call(request.method, request.path, contents(request), { keepalive: true }).catch(() => {});
    }
    this.leases.release();
  }

  /**
   * First into the outbox, then the next item; the rest after the paint.
   * @param {Draft} draft
   * @param {(key: string) => void} change of the state, given the request's key
   */
  async #do(draft, change) {
    this.ready = false;
    this.#busy = true;
    change(this.#keep(draft));
    await this.#show();
    setTimeout(() => this.sender.go());
  }

  /** Remember the unfinished answer. */
  #draft() {
    const { current } = this.state;
    if (!this.ready || !current) return;
    keepDraft(current.id, this.taskType.draft ? this.taskType.draft() : this.taskType.read());
    if (this.taskType.undo) this.view.undoable(true);
  }

  /** @param {Draft} draft */
  #post(draft) {
    this.#keep(draft);
    this.sender.go();
  }

  /** The request lies safe in the outbox when this returns. @param {Draft} draft */
  #keep(draft) {
    const { person, name } = this.bootstrap;
    const request = { key: uuid(), at: performance.timeOrigin + performance.now(), person, name, ...draft };
    this.outbox.add(request).catch(() => {
      this.outbox.durable = false;
    });
    this.sender.take(request);
    return request.key;
  }

  /**
   * Whether the model's suggestion is now shown for the first time, so that the choice can be thought over.
   * @param {unknown} value
   */
  #reveals(value) {
    const suggestion = this.state.current?.suggestion;
    if (this.bootstrap.suggestions !== "after" || !suggestion || this.#revealed) return false;
    this.#revealed = true;
    if (this.taskType.describe(suggestion.value) === this.taskType.describe(value)) return false;
    const names = this.taskType.labelsIn(suggestion.value);
    this.view.suggest(suggestion, names);
    this.taskType.reveal?.(suggestion);
    this.view.say(`The model would say ${this.taskType.describe(suggestion.value)}. Choose again: your word counts.`);
    return true;
  }

  async #show() {
    if (this.leases.stopped) return;
    const turn = ++this.#turn;
    const { shown } = this.state;
    this.ready = this.#stuck = false;
    this.#busy = true;
    if (shown) {
      const prepared = this.view.prepare(shown.assignment.item);
      const node = prepared instanceof Promise ? await this.#awaited(prepared, shown.assignment, turn) : prepared;
      if (turn !== this.#turn || !node) return;
      this.#busy = true;
      this.view.put(shown.assignment.item, node);
    } else {
      this.view.clear();
    }
    this.#paint();
    await painted();
    if (turn !== this.#turn) return;
    this.#busy = false;
    this.ready = shown !== null && shown.past === null;
    if (this.ready) this.#watch.restart();
    setTimeout(() => this.#prefetch());
  }

  /** Everything around the item. */
  #paint() {
    const { view, taskType, bootstrap, state } = this;
    const { shown, former, looking } = state;
    const last = shown?.past ?? former;
    this.#revealed = false;
    view.state = shown ? (shown.past ? "looking" : "item") : this.leases.exhausted ? "nothing" : "waiting";
    const answered = last?.action === "answer" ? last.value : undefined;
    const suggestion = bootstrap.suggestions === "shown" && !shown?.past ? (shown?.assignment.suggestion ?? null) : null;
    const draft = shown && !shown.past && answered === undefined ? draftOf(shown.assignment.id) : undefined;
    const value = answered ?? draft;
    taskType.write(value);
    const node = view.stage.firstElementChild;
    if (shown && node instanceof HTMLElement) {
      taskType.show?.(node, shown.assignment.item, { value, suggestion, editable: !shown.past });
    }
    view.suggest(suggestion, suggestion ? taskType.labelsIn(suggestion.value) : []);
    view.isFlagged = this.#flagged.has(shown?.assignment.item.id);
    view.sentBack = shown?.assignment.sent_back?.sentence ?? "";
    view.undoable(state.past.length > 0);
    view.focus();
    if (looking !== null) {
      const skipped = last?.action === "skip" ? " You skipped it." : "";
      view.say(`Looking back, ${state.past.length - looking} before the current item.${skipped} U takes it back, → goes on.`);
    } else view.say(view.state === "waiting" ? "Waiting for the next item…" : "");
    if (view.state === "nothing") {
      import("./ending.js").then(({ showCard }) => showCard(this)).catch(() => {});
      bootstrap.more_open = false;
      this.#count(0, -bootstrap.open);
    }
  }

  /**
   * The picture, however long it takes; null when another item is to be shown meanwhile.
   * @param {Promise<HTMLElement>} coming @param {Assignment} assignment @param {number} turn
   */
  async #awaited(coming, assignment, turn) {
    this.#busy = false; // one may go back meanwhile
    this.view.undoable(this.state.past.length > 0);
    for (let failures = 1; ; failures += 1) {
      try {
        return await coming;
      } catch {
        if (turn !== this.#turn) return null;
        this.view.clear();
        this.view.say("The picture does not come. Trying again… You can skip it.");
        this.#stuck = this.state.looking === null;
        if (this.#stuck) this.view.state = "item"; // its button to skip
        await new Promise((resolve) => setTimeout(resolve, backoff(failures)));
        if (turn !== this.#turn) return null;
        coming = Promise.resolve(this.view.prepare(assignment.item));
      }
    }
  }

  #prefetch() {
    const address = (/** @type {Assignment} */ { item }) => item.image ?? [];
    const behind = this.state.past.slice(-3).map(({ assignment }) => assignment);
    this.view.images?.plan(this.state.held.flatMap(address), behind.flatMap(address));
    this.leases.refill();
  }

  /** Leases came, or did not. */
  #leased() {
    if (this.sender.trouble && !this.leases.trouble) this.sender.wake();
    if (this.state.shown || this.#busy) this.#prefetch();
    if (!this.#busy && this.view.state !== "item" && this.view.state !== "looking") this.#show();
    this.#report();
  }

  /** What is left follows what others do; what has not arrived is not in the server's count. */
  async #recount() {
    const { status, data } = await call("GET", `projects/${this.bootstrap.project}/remaining/`).catch(() => NOTHING);
    if (status !== 200 || this.sender.requests.length) return;
    Object.assign(this.bootstrap, data);
    this.#count(0, 0);
  }

  /** @param {number} done @param {number} open */
  #count(done, open) {
    this.bootstrap.today = Math.max(0, this.bootstrap.today + done);
    this.bootstrap.open = Math.max(0, this.bootstrap.open + open);
    this.view.count(this.bootstrap.today, this.bootstrap.open, this.bootstrap.more_open);
  }

  /** Say how the requests stand: at once when something is wrong or all is well, else when it takes a while. */
  #report() {
    const { requests, refused } = this.sender;
    const trouble = this.sender.trouble ?? this.leases.trouble;
    const where = this.outbox.durable ? "kept on this device" : "not saved: leave this page open";
    clearTimeout(this.#speaking);
    this.view.unsaved(requests.length);
    this.view.lock(trouble === "logged out");
    if (trouble) this.view.saved(requests.length ? `${trouble}, ${requests.length} ${where}` : trouble, "bad");
    else if (refused.length) this.view.saved(`${refused.length} refused by the server`, "bad");
    else if (!requests.length) this.view.saved("all saved", "good");
    else this.#speaking = setTimeout(() => this.view.saved(`saving ${requests.length}…`, "busy"), CALM);
  }

  /** A reviewer settled the answer before it was changed or taken back. @param {StoredRequest} request @param {string} reason */
  #dismiss(request, reason) {
    const { current, looking } = this.state;
    this.state.dismiss(request.assignment);
    if (request.method === "DELETE") this.#count(1, -1);
    else this.#count(-1, 1);
    if (this.state.current !== current || looking !== null) this.#show();
    this.view.say(reason, 8);
  }

  /** An answer brings the next items along. @param {StoredRequest} request @returns {Promise<import("./api.js").Outcome>} */
  async #send(request) {
    const claimed = isAnswer(request) ? this.leases.claim() : 0;
    const body = claimed ? { ...contents(request), next: claimed, share: true } : contents(request);
    const { status, data, generation } = await call(request.method, request.path, body).catch(() => NOTHING);
    const outcome = outcomeOf(status);
    this.leases.followGeneration(generation);
    if (claimed) this.leases.fulfil(claimed, outcome === "arrived" ? data.next : null, generation);
    if (status === 409 && request.path.includes("annotation")) {
      this.#dismiss(request, data?.detail);
      await this.outbox.remove(request).catch(() => {});
      return "arrived";
    }
    if (outcome === "arrived") {
      if (this.leases.trouble) this.leases.wake();
      await this.outbox.remove(request).catch(() => {});
    }
    return outcome;
  }
}

/** @param {Assignment} assignment @param {string} what of its REST interface */
function about({ id, item }, what) {
  return { item: item.id, assignment: id, path: `assignments/${id}/${what}` };
}

/** @param {StoredRequest} request */
function isAnswer({ body }) {
  return body !== undefined && "value" in body;
}

/** @param {StoredRequest} request */
function contents(request) {
  return isAnswer(request) || request.method === "POST" ? { ...request.body, client_key: request.key } : request.body;
}

/** Resolves in the frame in which what was just changed is painted. @returns {Promise<void>} */
function painted() {
  return document.hidden ? Promise.resolve() : new Promise((resolve) => requestAnimationFrame(() => resolve()));
}
