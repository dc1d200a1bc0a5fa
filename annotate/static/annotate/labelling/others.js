/** What other people answered on this device and the server does not have: only they can send it. */

import { part } from "./view.js";

/**
 * @typedef {import("./outbox.js").StoredRequest} StoredRequest
 */

/** @param {StoredRequest[]} requests */
export function tellOfOthers(requests) {
  const note = part("#others", HTMLElement);
  note.textContent = waiting(requests).join(" ");
  note.hidden = false;
}

/** A sentence for each person. Requests of former versions do not say whose they are. @param {StoredRequest[]} requests */
export function waiting(requests) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { name = "somebody else" } of requests) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => {
    const answers = count === 1 ? "1 answer" : `${count} answers`;
    return `${answers} of ${name} ${count === 1 ? "waits" : "wait"} on this device until ${name} logs in.`;
  });
}
