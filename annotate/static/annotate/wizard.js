/* The first rows of a table are shown as soon as it is chosen. Without this script, and for a zip, of which one may say what
   its folders are, the button sends it. */

const input = document.querySelector("input[type=file]");
input?.addEventListener("change", () => {
  const file = input instanceof HTMLInputElement ? input.files?.[0] : undefined;
  if (file && input instanceof HTMLInputElement && !/\.zip$/i.test(file.name)) input.form?.requestSubmit();
});
