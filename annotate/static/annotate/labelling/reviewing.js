/**
 * Reviewing part by part: the merged value in the task type's own editor. What too few people marked is suggested, and a
 * click accepts it. Enter accepts the value as it is shown.
 */

import { belongsTo, shortcut } from "../keys.js";
import { part } from "./view.js";

/**
 * @typedef {import("./main.js").TaskType} TaskType
 * @typedef {{review: {item: import("./state.js").Item, parts: object[]}, labels: import("./main.js").Label[],
 *   single_keys: boolean}} Bootstrap
 */

/** @param {TaskType} taskType @param {Bootstrap} bootstrap */
export async function review(taskType, { review: { item, parts }, labels, single_keys: singleKeys }) {
  const form = part("#answer", HTMLFormElement);
  const stage = part("#stage", HTMLElement);
  const submit = part(".submit", HTMLButtonElement, form);
  const notice = part("#notice", HTMLElement);
  const undo = part("[value=undo]", HTMLButtonElement, form);
  const announce = (/** @type {string} */ text) => void (notice.textContent = text);
  let merged = "";

  /** The value differs from the merged one: it is a correction. */
  const edited = () => JSON.stringify(taskType.read()) !== merged;
  const changed = () => {
    submit.value = edited() ? "correct" : "accept_consensus";
    undo.disabled = false;
  };

  const node = stage.firstElementChild;
  if (node instanceof HTMLImageElement) await node.decode();
  taskType.mount?.({ stage, panel: part("#choices", HTMLFieldSetElement), labels, announce, changed, zoom: () => {}, singleKeys, reviewing: true });
  taskType.write(parts);
  document.body.dataset["quick"] = ""; // before anything is measured: it hides what is there for want of a script
  taskType.show?.(/** @type {HTMLElement} */ (node), item, { value: parts, suggestion: null, editable: true });
  merged = JSON.stringify(taskType.read());
  submit.value = "accept_consensus";
  stage.focus({ preventScroll: true });

  undo.addEventListener("click", (event) => taskType.undo?.() && event.preventDefault());
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    const objection = button === submit && taskType.objection?.();
    if (objection) return (event.preventDefault(), announce(objection));
    const unfinished = button?.getAttribute("value") === "skip" && taskType.unfinished?.();
    if (unfinished && !confirm(`Skip this item and drop ${unfinished}?`)) return event.preventDefault();
    const value = Object.assign(document.createElement("input"), { type: "hidden", name: "value", value: JSON.stringify(taskType.read()) });
    form.append(value);
  });
  document.addEventListener("keydown", (event) => pressed(taskType, event, singleKeys));
}

/** @param {TaskType} taskType @param {KeyboardEvent} event @param {boolean} singleKeys */
function pressed(taskType, event, singleKeys) {
  const target = event.target instanceof Element ? event.target : null;
  const covered = document.querySelector(".sheet:popover-open") !== null;
  if (event.key === "Tab") document.body.dataset["tabbing"] = "";
  if (event.key === "Escape") part("#guidelines", HTMLElement).hidePopover();
  if (!covered && !belongsTo(target, event.key) && taskType.key?.(event)) return event.preventDefault();
  const key = shortcut(event, singleKeys);
  if (!key || belongsTo(target, key) || (covered && key !== "?")) return;
  const named = `[data-hotkey="${key}"]`;
  const control = document.querySelector(`#choices ${named}`) ?? document.querySelector(named);
  if (control instanceof HTMLLabelElement) control.control?.click(); // the label itself would take the focus
  else if (control instanceof HTMLElement) control.click();
  else return;
  event.preventDefault();
}
