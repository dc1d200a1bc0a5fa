/** Texts as parts of the document. The template `annotate/items/text.html` does the same. */

/** Short texts are set larger. The same rule as in `views/label.py`. @param {string} text */
export function size(text) {
  const length = [...text.slice(0, 1300)].length;
  return length <= 120 ? "short" : length <= 600 ? "medium" : "long";
}

/** @param {string} text */
export function render(text) {
  const shown = document.createElement("p");
  shown.className = "item-text";
  shown.textContent = text;
  shown.dataset.size = size(text);
  if (/\n/.test(text.trim())) shown.dataset.lines = /^(?: {2,}|\t)/m.test(text) ? "code" : "text";
  shown.dir = "auto";
  return shown;
}
