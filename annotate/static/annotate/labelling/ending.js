/** What is shown when nothing is left: what was done since the page was opened, then the server's card of the session. */

import { median } from "./state.js";
import { part } from "./view.js";

/**
 * @typedef {import("./controller.js").Controller} Controller
 */

const PATIENCE = 5000; // ms for the last answers to arrive
const COUNTS = new Intl.NumberFormat("en");

/** @param {Controller} controller */
export async function showCard({ bootstrap, sender, state, view }) {
  const typical = median(state.seconds);
  const figures = part(".work-done", HTMLElement);
  figures.hidden = typical === null;
  part("[data-count]", HTMLElement, figures).textContent = COUNTS.format(state.seconds.length);
  part("[data-median]", HTMLElement, figures).textContent = typical === null ? "" : `${typical.toFixed(1)} s`;
  const until = performance.now() + PATIENCE;
  while (sender.requests.length && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  const card = await fetched(`/projects/${bootstrap.project}/label/summary/?card`);
  if (!card || view.state !== "nothing") return;
  part("[data-session-card]", HTMLElement).replaceChildren(card);
  figures.hidden = true;
}

/** @param {string} address @returns {Promise<Element | null>} null where the server cannot be reached, or is another's */
async function fetched(address) {
  const response = await fetch(address, { credentials: "same-origin" }).catch(() => null);
  if (!response?.ok) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html").querySelector(".session-card");
}
