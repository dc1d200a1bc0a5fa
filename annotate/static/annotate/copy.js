/** A button that copies a field: `<button data-copies="id of the field">`. Without this script one selects and copies. */

document.addEventListener("click", async ({ target }) => {
  const button = target instanceof Element ? target.closest("[data-copies]") : null;
  const field = button instanceof HTMLElement ? document.getElementById(button.dataset["copies"] ?? "") : null;
  if (!button || !(field instanceof HTMLInputElement)) return;
  field.select();
  const isCopied = await copied(field.value);
  const words = button.lastChild;
  if (!words) return;
  const before = words.textContent;
  words.textContent = isCopied ? "Copied" : "Press Ctrl+C";
  setTimeout(() => (words.textContent = before), 2000);
});

/** @param {string} text @returns {Promise<boolean>} */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text); // not there on plain HTTP, but on localhost
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
