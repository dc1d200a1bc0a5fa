/** Where a task type's script begins the labelling screen. */

import { listen } from "./hands.js";
import { openOutbox } from "./outbox.js";
import { Screen, part } from "./screen.js";
import { Sitting } from "./sitting.js";

/**
 * What a task type brings: how its part of the form says a value.
 * @typedef {object} TaskType
 * @property {boolean} goesOn choosing a label is the whole answer
 * @property {(choices: HTMLFieldSetElement) => unknown} read the value, undefined while there is none
 * @property {(choices: HTMLFieldSetElement, value: unknown) => void} write undefined for a fresh item
 * @property {(value: unknown) => string[]} names the labels that a value names
 */

/** @param {TaskType} taskType */
export async function start(taskType) {
  if (!document.querySelector("#choices label")) return;
  const facts = JSON.parse(part("#facts", HTMLScriptElement).text);
  const sitting = new Sitting(taskType, facts, new Screen(), await openOutbox());
  listen(sitting);
  await sitting.begin();
}
