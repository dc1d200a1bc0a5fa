/**
 * Labels that are added while labelling, where the project allows it: by a sheet, and from the box that finds labels. The new
 * label is everybody's once the server has it, so there must be a connection; answers with it wait in the outbox as any others.
 * Loaded where the page has the sheet.
 */

import { NOTHING, call } from "./api.js";
import { part } from "./view.js";

/**
 * @typedef {import("./controller.js").Controller} Controller
 * @typedef {{name: string, color: string, key: string}} Label
 */

/** @param {Controller} controller */
export function addLabels({ view, bootstrap, state }) {
  const sheet = part("#add-label", HTMLElement);
  const form = part("form", HTMLFormElement, sheet);
  const box = part("[name=name]", HTMLInputElement, form);
  const refusal = part("[data-refusal]", HTMLElement, form);

  /** Have the server make the label, and answer with it; else the reason why not. @param {string} name @returns {Promise<string>} */
  async function add(name) {
    const item = state.current?.id;
    const { status, data } = await call("POST", `projects/${bootstrap.project}/labels/`, { name }).catch(() => NOTHING);
    if (status !== 200 && status !== 201) return reason(status, data);
    const control = controlOf(view.panel, data.name) ?? put(data);
    if (item === state.current?.id) choose(control); // never an item that came meanwhile
    return "";
  }

  /** @param {Label} label */
  function put(label) {
    const control = drawn(view.panel, label);
    bootstrap.labels.push(label);
    view.panel.dispatchEvent(new CustomEvent("labeladded", { detail: label }));
    view.finder?.read();
    return control;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation(); // to the screen's own forms
    refusal.textContent = await add(box.value);
    if (refusal.textContent) return box.focus();
    form.reset();
    sheet.hidePopover();
  });
  sheet.addEventListener("toggle", () => (refusal.textContent = ""));
  view.finder?.offerTo(async (name) => view.say(await add(name), 6));
}

/** @param {number} status @param {any} data @returns {string} */
function reason(status, data) {
  if (!status) return "A label can be added once the server is reached again. Choose another one, or skip the item.";
  return data?.name?.[0] ?? data?.detail ?? `The server could not add it (${status}).`;
}

/** @param {HTMLElement} panel @param {string} name @returns {HTMLElement | null} */
function controlOf(panel, name) {
  return panel.querySelector(`[data-name="${CSS.escape(name)}"]`);
}

/** A control like the last one of the panel. @param {HTMLElement} panel @param {Label} label @returns {HTMLElement} */
function drawn(panel, { name, color, key }) {
  const last = /** @type {HTMLElement} */ ([...panel.querySelectorAll("[data-name]")].at(-1));
  const control = /** @type {HTMLElement} */ (last.cloneNode(true));
  for (const mark of ["data-group", "data-itself", "data-suggested", "data-flash", "data-active"]) control.removeAttribute(mark);
  control.hidden = false;
  control.dataset["name"] = name;
  giveKey(control, key);
  part(".choice-name", HTMLElement, control).textContent = name;
  part("[data-belief]", HTMLElement, control).textContent = "";
  for (const rect of control.querySelectorAll("rect")) rect.setAttribute("fill", color);
  const input = control.querySelector("input");
  if (input) Object.assign(input, { value: name, checked: false });
  last.after(control);
  return control;
}

/** @param {HTMLElement} control @param {string} key */
function giveKey(control, key) {
  control.querySelector("kbd")?.remove();
  delete control.dataset["hotkey"];
  (control.querySelector("input") ?? control).removeAttribute("aria-keyshortcuts");
  if (!key) return;
  control.dataset["hotkey"] = key;
  const cap = document.createElement("kbd");
  cap.ariaHidden = "true";
  cap.textContent = key.toUpperCase();
  part(".choice-name", HTMLElement, control).before(cap);
}

/** @param {HTMLElement} control */
function choose(control) {
  const pressed = control instanceof HTMLLabelElement ? control.control : control;
  if (pressed instanceof HTMLInputElement && pressed.checked) return; // it was chosen before
  pressed?.click();
}
