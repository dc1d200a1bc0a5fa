/** A form: several questions an item. One of them is lit and has the keys; a digit answers it and lights the next. */

import { shortcut } from "../keys.js";
import { start } from "../labelling/main.js";

/**
 * @typedef {Record<string, unknown>} Answers
 * @typedef {HTMLInputElement | HTMLTextAreaElement} Typed
 */

const panel = /** @type {HTMLFieldSetElement} */ (document.querySelector("#choices"));
const questions = /** @type {HTMLFieldSetElement[]} */ ([...panel.querySelectorAll(".form-question")]);
let singleKeys = true;
let changed = () => {};
/** @type {HTMLFieldSetElement | undefined} */
let lit;
/** The answers as they are, and as they were before each change of this item, the newest last. */
let present = /** @type {Answers} */ ({});
let steps = /** @type {Answers[]} */ ([]);

const nameOf = (/** @type {HTMLElement} */ question) => question.dataset["question"] ?? "";
const isRequired = (/** @type {HTMLElement} */ question) => question.dataset["required"] !== undefined;
const typedIn = (/** @type {HTMLElement} */ question) =>
  /** @type {Typed | null} */ (question.querySelector("[type=number], .answer-text"));
const buttonsOf = (/** @type {HTMLElement} */ question) =>
  /** @type {HTMLInputElement[]} */ ([...question.querySelectorAll("[type=radio], [type=checkbox]")]);
const hasSeveral = (/** @type {HTMLElement} */ question) => Boolean(question.querySelector("[type=checkbox]"));
const questionOf = (/** @type {EventTarget | null} */ target) =>
  /** @type {HTMLFieldSetElement | null} */ (target instanceof Element ? target.closest(".form-question") : null);

/** The answer to one question; undefined while there is none. @param {HTMLElement} question */
function answerTo(question) {
  const typed = typedIn(question);
  const chosen = typed ? [typed.value.trimEnd()].filter(Boolean) : buttonsOf(question).filter(({ checked }) => checked).map(({ value }) => value);
  const isNumber = question.querySelector("[name$='-rating']") !== null;
  const values = isNumber ? chosen.map(Number) : chosen;
  return hasSeveral(question) ? values : values[0];
}

/** The questions that are shown after the answers to those before them. */
function shownQuestions() {
  /** @type {Answers} */
  const answers = {};
  return questions.filter((question) => {
    const { condition, conditionLabels } = question.dataset;
    const before = condition === undefined ? [] : [answers[condition]].flat();
    const isShown = condition === undefined || JSON.parse(conditionLabels ?? "[]").some((/** @type {string} */ label) => before.includes(label));
    if (isShown) answers[nameOf(question)] = answerTo(question);
    return isShown;
  });
}

/** @returns {Answers} */
function answers() {
  const rows = shownQuestions().map((question) => [nameOf(question), answerTo(question)]);
  return Object.fromEntries(rows.filter(([, answer]) => answer !== undefined));
}

/** Whether it has to be answered, and is not. @param {HTMLElement} question */
function isMissing(question) {
  const answer = answerTo(question);
  return isRequired(question) && (answer === undefined || (Array.isArray(answer) && !answer.length));
}

/** @param {HTMLFieldSetElement | undefined} question */
function light(question) {
  lit?.removeAttribute("data-lit");
  lit = question;
  lit?.setAttribute("data-lit", "");
}

/** Light a question, and write in it where one types. @param {HTMLFieldSetElement} question */
function enter(question) {
  light(question);
  question.scrollIntoView({ block: "nearest" });
  const typed = typedIn(question);
  if (typed) typed.focus({ preventScroll: true });
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** Enter the question after the lit one, or before it; false where there is none. @param {1 | -1} way */
function move(way) {
  const shown = shownQuestions();
  const next = shown[lit ? shown.indexOf(lit) + way : 0];
  if (next) enter(next);
  return Boolean(next);
}

/** On to the next question; after the last one the answers are submitted. */
function goOn() {
  if (!move(1)) panel.form?.requestSubmit(document.querySelector(".submit"));
}

/** The answers are others now: show what is asked after them. */
function arrange() {
  const shown = shownQuestions();
  for (const question of questions) question.hidden = question.disabled = !shown.includes(question);
  present = answers();
}

/** @param {Event} event */
function answered({ target }) {
  const question = questionOf(target);
  steps.push(present);
  arrange();
  changed();
  if (!question || typedIn(question)) return;
  light(question);
  if (answerTo(question) !== undefined && !hasSeveral(question)) move(1);
}

/** A second click takes the answer to an optional question back. @param {MouseEvent} event */
function clicked(event) {
  const { target } = event;
  const question = questionOf(target);
  if (!question || isRequired(question) || !(target instanceof HTMLInputElement) || target.type !== "radio") return;
  if (String(present[nameOf(question)]) !== target.value) return;
  target.checked = false;
  answered(event);
}

/** @param {KeyboardEvent} event */
function typed(event) {
  const { target, key } = event;
  if (event.isComposing || !(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) return;
  if (key === "Escape") return target.blur();
  const isLine = target instanceof HTMLInputElement;
  if (key !== "Enter" || !(isLine || event.ctrlKey || event.metaKey || event.shiftKey)) return;
  event.preventDefault();
  event.stopPropagation();
  if (!event.repeat) goOn();
}

/** Put these answers into the questions. @param {Answers} value */
function fill(value) {
  for (const question of questions) {
    const answer = value[nameOf(question)];
    const names = answer === undefined ? [] : [answer].flat().map(String);
    const typing = typedIn(question);
    if (typing) typing.value = names[0] ?? "";
    for (const button of buttonsOf(question)) button.checked = names.includes(button.value);
  }
  arrange();
}

/** Mark what the model says, and nothing else. @param {import("../labelling/main.js").Suggestion | null} suggestion */
function propose(suggestion) {
  const proposed = /** @type {Answers} */ (suggestion?.value ?? {});
  for (const question of questions) {
    const names = [proposed[nameOf(question)]].flat().map(String);
    for (const label of question.querySelectorAll("label")) {
      const isProposed = names.includes(label.dataset["name"] ?? "");
      label.toggleAttribute("data-proposed", isProposed);
      const note = label.querySelector("[data-belief]");
      if (note) note.textContent = isProposed ? "model" : "";
    }
  }
}

start({
  goesOn: false,
  get missing() {
    const first = shownQuestions().find(isMissing);
    if (first) enter(first);
    return `“${first ? nameOf(first) : "A question"}” is not answered.`;
  },
  mount(tools) {
    ({ changed, singleKeys } = tools);
    panel.addEventListener("change", answered);
    panel.addEventListener("click", clicked);
    panel.addEventListener("keydown", typed);
    panel.addEventListener("input", ({ target }) => target instanceof Element && target.matches("[type=number], .answer-text") && changed());
    panel.addEventListener("focusin", ({ target }) => light(questionOf(target) ?? lit));
  },
  show(node, item, { suggestion, editable }) {
    propose(suggestion);
    const first = shownQuestions().find(isMissing) ?? shownQuestions()[0];
    light(first);
    if (editable && first && typedIn(first)) setTimeout(() => enter(first));
  },
  reveal: propose,
  read: () => (shownQuestions().some(isMissing) ? undefined : answers()),
  draft: answers,
  write(value) {
    steps = [];
    fill(/** @type {Answers} */ (value ?? {}));
  },
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey === singleKeys) return false;
    const key = shortcut(event, singleKeys);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") return move(event.key === "ArrowDown" ? 1 : -1);
    if (key === "Enter") return move(1);
    const button = lit?.querySelector(`[data-key="${key}"] input`);
    if (button instanceof HTMLInputElement) {
      if (button.type === "radio" && button.checked && lit && isRequired(lit)) move(1);
      else button.click();
      return true;
    }
    if (lit?.querySelector("[type=number]") && /^[-.0-9]$/.test(event.key)) enter(lit); // what is typed goes there
    return false;
  },
  undo() {
    const former = steps.pop();
    if (former) fill(former);
    return former !== undefined;
  },
  unfinished() {
    const count = Object.values(answers()).flat().length;
    return count ? `${count} answer${count > 1 ? "s" : ""}` : "";
  },
  labelsIn: () => [],
  describe: (value) =>
    Object.entries(/** @type {Answers} */ (value))
      .map(([name, answer]) => `${name}: ${[answer].flat().join(", ") || "none"}`)
      .join("; "),
});
