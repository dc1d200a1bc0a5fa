/** The button of a tab that does not label, since another one does. */

import { NOTHING, call } from "./api.js";
import { part } from "./view.js";

/** @param {number} project @param {() => void} takeOver what the page is to remember when it is loaded anew */
export function offerToTakeOver(project, takeOver) {
  part("[data-take-over]", HTMLElement).onclick = async () => {
    const { status } = await call("GET", `projects/${project}/assignments/`).catch(() => NOTHING);
    if (!status) return void (part("[data-take-over-notice]", HTMLElement).textContent = "Offline: go on in the other tab.");
    takeOver();
    location.reload();
  };
}
