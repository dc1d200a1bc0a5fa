/** What is loaded beside the first text: its spans are shown, marked and chosen without it. */

import { describe, whenPressed } from "./cards.js";
import { moved, stretched, whileGrabbed, wordBeside } from "./ends.js";
import { repeated } from "./everywhere.js";

export { describe, moved, repeated, stretched, whenPressed, whileGrabbed, wordBeside };

/**
 * Relations, where the project has labels of them.
 * @param {HTMLElement} panel @param {import("./painter.js").Painter} painter @param {import("../labelling/main.js").Tools} tools
 * @param {(part: import("./relations.js").Part) => string} quote
 * @param {(relations: import("./relations.js").Relation[], chosen: import("./relations.js").Part) => void} change
 */
export async function relations(panel, painter, tools, quote, change) {
  if (!("relations" in panel.dataset)) return undefined;
  const { Relations } = await import("./relations.js");
  return new Relations(painter, tools, quote, change);
}
