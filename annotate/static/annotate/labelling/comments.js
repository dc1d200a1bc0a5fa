/** The comments on an item, fetched as their sheet opens. */

import { NOTHING, call } from "./api.js";

/**
 * @param {number} item
 * @param {() => boolean} wanted whether it is still the one on the screen
 */
export async function showComments(item, wanted) {
  const list = document.querySelector("[data-comments]");
  list?.replaceChildren();
  const { status, data } = await call("GET", `items/${item}/comments/`).catch(() => NOTHING);
  if (status === 200 && wanted()) list?.replaceChildren(...(data.results ?? data).map(line));
}

/** @param {{author: string, text: string}} comment */
function line({ author, text }) {
  const shown = document.createElement("li");
  const name = document.createElement("b");
  name.textContent = author;
  shown.append(name, ` ${text}`);
  return shown;
}
