/**
 * The unfinished answer to an item, which survives a reload and a killed browser. One an assignment, the newest few.
 */

const STORE = "annotate-drafts";
const MOST = 20;

/** @param {number} assignment @returns {unknown} undefined where there is none */
export function draftOf(assignment) {
  return read().find(([id]) => id === assignment)?.[1];
}

/** @param {number} assignment @param {unknown} value undefined: there is nothing to remember any more */
export function keepDraft(assignment, value) {
  const others = read().filter(([id]) => id !== assignment);
  const drafts = value === undefined ? others : [...others, [assignment, value]];
  try {
    localStorage.setItem(STORE, JSON.stringify(drafts.slice(-MOST)));
  } catch {
    // Full or forbidden: the draft lasts as long as the page.
  }
}

/** @returns {[number, unknown][]} */
function read() {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? "[]");
  } catch {
    return [];
  }
}
