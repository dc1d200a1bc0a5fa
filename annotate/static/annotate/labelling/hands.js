/** What people do to the page: keys, clicks and swipes press the controls of a real form, and here it is heard. */

import { belongsTo, shortcut } from "../keys.js";
import { NOTHING, call } from "./rest.js";
import { part } from "./screen.js";
import { watchSwipes } from "./swipe.js";

/**
 * @typedef {import("./sitting.js").Sitting} Sitting
 */

/** @param {Sitting} sitting */
export function listen(sitting) {
  const { screen, taskType } = sitting;
  const { choices, stage } = screen;
  let moving = false; // by arrow key through the radio buttons: that is no choice yet

  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    moving = Boolean(target?.matches("[type=radio]")) && (event.key.startsWith("Arrow") || event.key === " ");
    pressed(sitting, event, target);
  });
  document.addEventListener("keyup", () => (moving = false));
  choices.addEventListener("click", (event) => {
    if (!(event.target instanceof HTMLInputElement)) return;
    if (!sitting.ready) event.preventDefault();
    else if (taskType.goesOn && !moving) sitting.submit();
  });
  document.addEventListener("submit", (event) => submitted(sitting, event));
  stage.addEventListener("dblclick", () => screen.zoom());
  part("#comment", HTMLElement).addEventListener("beforetoggle", (event) => showComments(sitting, event));
  if (taskType.goesOn && choices.querySelectorAll("label").length === 2) swipes(sitting);

  addEventListener("online", () => sitting.wake());
  addEventListener("focus", () => sitting.wake());
  document.addEventListener("visibilitychange", () => sitting.seen(!document.hidden));
  addEventListener("pagehide", () => sitting.leave());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

/** @param {Sitting} sitting @param {KeyboardEvent} event @param {Element | null} target */
function pressed(sitting, event, target) {
  const { screen, facts } = sitting;
  if (event.key === "Tab") document.body.dataset["tabbing"] = "";
  if (event.key === "Escape") screen.closeDrawer();
  const key = shortcut(event, facts.single_keys);
  if (!key || belongsTo(target, key) || (screen.covered && key !== "?")) return;
  delete document.body.dataset["tabbing"];
  const named = `[data-hotkey="${key}"]`;
  const control = screen.choices.querySelector(named) ?? document.querySelector(named);
  if (control instanceof HTMLLabelElement) control.control?.click(); // the label itself would take the focus
  else if (control instanceof HTMLElement) control.click();
  else if (key === "Enter" && screen.choices.querySelector(":checked")) sitting.submit();
  else if (key === "ArrowLeft" || key === "ArrowRight") sitting.look(key === "ArrowLeft" ? -1 : 1);
  else if (key === "z") screen.zoom();
  else return;
  event.preventDefault();
}

/** A button of a form was pressed; it says which act. @param {Sitting} sitting @param {SubmitEvent} event */
function submitted(sitting, event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  const said = new FormData(form, event.submitter);
  const words = (/** @type {string} */ name) => String(said.getAll(name).at(-1) ?? "").trim();
  const act = words("act") || "submit";
  if (act === "submit") sitting.submit();
  else if (act === "skip") sitting.skip(words("reason"));
  else if (act === "undo") sitting.undo();
  else if (act === "flag") sitting.flag();
  else if (act === "comment") sitting.comment(words("text"));
  if (form === sitting.screen.form) return;
  form.reset();
  sitting.screen.uncover();
}

/** The comments on this item, fetched as their sheet opens. @param {Sitting} sitting @param {Event} event */
async function showComments({ session, screen }, event) {
  const item = session.view?.assignment.item.id;
  if (!(event instanceof ToggleEvent) || event.newState !== "open" || !item) return;
  screen.comments([]);
  const { status, data } = await call("GET", `items/${item}/comments/`).catch(() => NOTHING);
  if (status === 200 && item === session.view?.assignment.item.id) screen.comments(data.results ?? data);
}

/** Two labels: left and right. @param {Sitting} sitting */
function swipes({ screen }) {
  const [left, right] = screen.choices.querySelectorAll("label");
  const side = (/** @type {number} */ way) => (way < 0 ? left : way > 0 ? right : undefined);
  screen.stage.dataset["swipes"] = "";
  watchSwipes(
    screen.stage,
    (way) => [left, right].forEach((label) => label?.toggleAttribute("data-leaning", label === side(way))),
    (way) => side(way)?.click(),
  );
  if (matchMedia("(pointer: coarse)").matches) {
    screen.say(`Swipe left for ${left?.dataset["name"]}, right for ${right?.dataset["name"]}.`, 6);
  }
}
