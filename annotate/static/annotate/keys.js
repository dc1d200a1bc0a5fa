/** Which shortcut a key press means. The names are those of `data-hotkey`: a digit, a small letter, or a word. */

/** @type {Record<string, string>} */
const WORDS = {
  " ": "Space",
  Enter: "Enter",
  Backspace: "u",
  ArrowLeft: "ArrowLeft",
  ArrowRight: "ArrowRight",
  "?": "?",
};

/**
 * @typedef {Pick<KeyboardEvent, "key" | "code" | "repeat" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "isComposing">} Press
 */

/**
 * The shortcut, or null: for a key held down, one pressed with a modifier, and one that is no shortcut.
 * Where single keys are switched off, Alt belongs to every shortcut but undo's Ctrl+Z.
 * @param {Press} press
 * @param {boolean} singleKeys
 * @returns {string | null}
 */
export function shortcut(press, singleKeys = true) {
  if (press.repeat || press.isComposing) return null;
  if (press.ctrlKey || press.metaKey) {
    return press.key.toLowerCase() === "z" && !press.shiftKey && !press.altKey ? "u" : null;
  }
  if (press.altKey === singleKeys) return null;
  const word = WORDS[press.key];
  if (word) return press.shiftKey && word !== "?" ? null : word;
  if (/^[0-9]$/.test(press.key)) return press.key;
  if (press.shiftKey) return null;
  if (/^[a-z]$/i.test(press.key)) return press.key.toLowerCase();
  return placed(press.code);
}

/** By the key's place, where its character says nothing: digits on AZERTY, letters on Greek and Cyrillic keyboards. @param {string} code */
function placed(code) {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(code)?.[1];
  return digit ?? /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? null;
}

/**
 * Whether a press belongs to the control that it happens in: what one types into, and the keys by which buttons,
 * radios and links work.
 * @param {Element | null} target
 * @param {string} key
 */
export function belongsTo(target, key) {
  if (!target) return false;
  if (target.closest("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])")) return true;
  if (target.closest("input") && ["Enter", "Space", "ArrowLeft", "ArrowRight"].includes(key)) return true;
  return Boolean(target.closest("button, a, summary")) && ["Enter", "Space"].includes(key);
}
