/** What people do to the page: keys, clicks and swipes press the controls of a real form, and here it is heard. */

import { belongsTo, shortcut } from "../keys.js";
import { part } from "./view.js";

/**
 * @typedef {import("./controller.js").Controller} Controller
 */

/** By these a page is more than merely open. */
const SIGNS = ["pointermove", "pointerdown", "keydown", "keyup", "wheel"];

/** @param {Controller} controller */
export function listen(controller) {
  const { view, taskType } = controller;
  const { panel, stage } = view;
  let moving = false; // by arrow key through the radio buttons: that is no choice yet

  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    moving = Boolean(target?.matches("[type=radio]")) && (event.key.startsWith("Arrow") || event.key === " ");
    pressed(controller, event, target);
  });
  document.addEventListener("keyup", () => (moving = false));
  panel.addEventListener("click", (event) => {
    if (!(event.target instanceof HTMLInputElement)) return;
    if (!controller.ready) event.preventDefault();
    else if (taskType.goesOn && !moving) controller.submit();
  });
  document.addEventListener("submit", (event) => submitted(controller, event));
  stage.addEventListener("dblclick", () => view.zoom());
  part("#comment", HTMLElement).addEventListener("beforetoggle", (event) => commentsOpen(controller, event));
  if (navigator.maxTouchPoints && taskType.goesOn && panel.querySelectorAll("label").length === 2) swipes(controller);

  for (const sign of SIGNS) addEventListener(sign, begin, { passive: true });
  /** Somebody is here: what they will answer is leased. @param {Event} event */
  function begin(event) {
    if (event instanceof PointerEvent && event.type === "pointermove" && !event.movementX && !event.movementY) return;
    for (const sign of SIGNS) removeEventListener(sign, begin);
    setTimeout(() => controller.attend()); // an answer by this very event brings the next ones itself
  }

  addEventListener("online", () => controller.wake());
  addEventListener("focus", () => controller.wake());
  document.addEventListener("visibilitychange", () => controller.seen(!document.hidden));
  addEventListener("pagehide", () => controller.leave());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

/** @param {Controller} controller @param {KeyboardEvent} event @param {Element | null} target */
function pressed(controller, event, target) {
  const { view, bootstrap } = controller;
  if (event.key === "Tab") document.body.dataset["tabbing"] = "";
  if (event.key === "Escape") view.closeDrawer();
  const key = shortcut(event, bootstrap.single_keys);
  const named = `[data-hotkey="${key}"]`;
  const control = view.panel.querySelector(named) ?? document.querySelector(named);
  const opens = control?.hasAttribute("popovertarget"); // at once: what is typed next goes there
  if (!opens && controller.ready && !view.covered && !belongsTo(target, event.key) && controller.taskType.key?.(event)) {
    return event.preventDefault();
  }
  if (!key || belongsTo(target, key) || (view.covered && key !== "?")) return;
  delete document.body.dataset["tabbing"];
  if (control instanceof HTMLLabelElement) control.control?.click(); // the label itself would take the focus
  else if (control instanceof HTMLElement) control.click();
  else if (key === "Enter" && view.panel.querySelector(":checked")) controller.submit();
  else if (key === "ArrowLeft" || key === "ArrowRight") controller.look(key === "ArrowLeft" ? -1 : 1);
  else if (key === "z") view.zoom();
  else return;
  event.preventDefault();
}

/** A button of a form was pressed; it says which action. @param {Controller} controller @param {SubmitEvent} event */
function submitted(controller, event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  const formData = new FormData(form, event.submitter);
  const words = (/** @type {string} */ name) => String(formData.getAll(name).at(-1) ?? "").trim();
  const action = words("act") || "submit";
  if (form !== controller.view.form) {
    form.reset();
    controller.view.uncover();
  }
  if (action === "skip") controller.skip(words("reason"));
  else if (action === "comment") controller.comment(words("text"));
  else if (action === "submit" || action === "undo" || action === "flag") controller[action]();
}

/** @param {Controller} controller @param {Event} event */
async function commentsOpen({ state }, event) {
  const item = state.shown?.assignment.item.id;
  if (!(event instanceof ToggleEvent) || event.newState !== "open" || !item) return;
  const { showComments } = await import("./comments.js");
  showComments(item, () => item === state.shown?.assignment.item.id);
}

/** Two labels: left and right. Only touch screens load the script for it. @param {Controller} controller */
async function swipes({ view }) {
  const { watchSwipes } = await import("./swipe.js");
  const [left, right] = view.panel.querySelectorAll("label");
  const side = (/** @type {number} */ way) => (way < 0 ? left : way > 0 ? right : undefined);
  view.stage.dataset["swipes"] = "";
  watchSwipes(
    view.stage,
    (way) => [left, right].forEach((label) => label?.toggleAttribute("data-leaning", label === side(way))),
    (way) => side(way)?.click(),
  );
  if (matchMedia("(pointer: coarse)").matches) {
    view.say(`Swipe left for ${left?.dataset["name"]}, right for ${right?.dataset["name"]}.`, 6);
  }
}
