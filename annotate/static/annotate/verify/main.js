/** Where the script of the page begins: keys, clicks and the form are heard here. */

import { belongsTo, shortcut } from "../keys.js";
import { openOutbox } from "../labelling/outbox.js";
import { Controller } from "./controller.js";
import { part } from "./view.js";

const bootstrap = JSON.parse(part("#bootstrap", HTMLScriptElement).text);
const controller = new Controller(bootstrap, await openOutbox());

/** @param {SubmitEvent} event */
function submitted(event) {
  event.preventDefault();
  const isUndo = event.submitter instanceof HTMLButtonElement && event.submitter.value === "undo";
  if (isUndo) controller.undo();
  else controller.accept();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const target = event.target instanceof Element ? event.target : null;
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.altKey !== bootstrap.single_keys;
  const key = plain && event.key.startsWith("Arrow") ? event.key : shortcut(event, bootstrap.single_keys);
  if (!key || belongsTo(target, key)) return;
  const label = controller.view.labels.find((each) => each.key === key);
  const control = document.querySelector(`[data-hotkey="${key}"]:not([disabled])`);
  if (label) controller.mark(controller.view.at, label.name);
  else if (key.startsWith("Arrow")) controller.view.move(key);
  else if (key === "x" || key === "Space") controller.mark(controller.view.at, undefined);
  else if (key === "Enter") controller.accept();
  else if (control instanceof HTMLElement) control.click();
  else return;
  event.preventDefault();
}

controller.view.form.addEventListener("submit", submitted);
document.addEventListener("keydown", pressed);
addEventListener("online", () => controller.wake());
addEventListener("focus", () => controller.wake());
addEventListener("pagehide", () => controller.leave());
addEventListener("pageshow", (event) => event.persisted && location.reload());
await controller.begin();
document.body.dataset["quick"] = "";
