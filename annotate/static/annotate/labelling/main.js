/** Where a task type's script begins the labelling screen. */

import { Controller } from "./controller.js";
import { listen } from "./events.js";
import { openOutbox } from "./outbox.js";
import { onlyTab } from "./tab.js";
import { View, part } from "./view.js";

/**
 * What a task type does on the screen. `stage` is the part of the page that shows the item, `panel` the fieldset with the
 * type's controls.
 * @typedef {{stage: HTMLElement, panel: HTMLFieldSetElement, labels: Label[], announce(text: string): void,
 *   changed(): void, zoom(): void, singleKeys: boolean, reviewing?: boolean}} Tools   `changed`: the unfinished answer is
 *   another one now; `reviewing`: a click accepts what is suggested
 * @typedef {{name: string, color: string, key: string}} Label
 * @typedef {import("./state.js").Item} Item
 * @typedef {import("./state.js").Suggestion} Suggestion
 *
 * @typedef {object} TaskType
 * @property {boolean} goesOn the first answer is the whole answer
 * @property {(tools: Tools) => void} [mount] once, before the first item
 * @property {(node: HTMLElement, item: Item, about: {value: unknown, suggestion: Suggestion | null, editable: boolean}) => void} [show]
 *   each item, when it is on the stage; `value` is undefined for a fresh one
 * @property {() => unknown} read the value, undefined while there is none
 * @property {() => unknown} [draft] what an unfinished item is resumed from, where that is more than the value
 * @property {() => string[]} [origins] where each part of the value comes from: drawn, accepted, edited or repeated
 * @property {() => unknown} [answered] the value with these origins, which a change of it begins with
 * @property {(value: unknown) => void} write undefined for a fresh item
 * @property {(suggestion: Suggestion) => void} [reveal] the suggestion is shown now, after the first answer
 * @property {() => string} [objection] what to say instead of submitting; empty when nothing
 * @property {(event: KeyboardEvent) => boolean} [key] true: the key is taken, before the screen's own
 * @property {() => boolean} [undo] true: something within the item was taken back
 * @property {() => string} [unfinished] what a skip would lose, as "3 boxes"; empty when nothing
 * @property {(value: unknown) => string[]} labelsIn the labels that a value names
 * @property {(value: unknown) => string} describe in words, for the live region
 * @property {string} [missing] what to say where Submit is pressed and there is no answer
 */

/** @param {TaskType} taskType */
export async function start(taskType) {
  const bootstrap = JSON.parse(part("#bootstrap", HTMLScriptElement).text);
  if (!bootstrap.set_up) return;
  if (bootstrap.review) return (await import("./reviewing.js")).review(taskType, bootstrap);
  /** @type {Controller | undefined} */
  let controller;
  await onlyTab(bootstrap.project, bootstrap.person, () => controller?.stop());
  controller = new Controller(taskType, bootstrap, new View(), await openOutbox());
  listen(controller);
  await controller.begin();
}
