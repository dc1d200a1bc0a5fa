/* The import form with a bar that tells how much is sent. Without this script the form posts by itself. */

const form = /** @type {HTMLFormElement} */ (document.getElementById("import-form"));
const problem = /** @type {HTMLElement} */ (document.getElementById("import-problem"));
const progress = /** @type {HTMLElement} */ (document.getElementById("import-progress"));
const bar = /** @type {HTMLProgressElement} */ (progress.querySelector("progress"));
const words = /** @type {HTMLElement} */ (progress.querySelector("p"));
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const input = /** @type {HTMLInputElement} */ (form.elements.namedItem("file"));
  const file = input.files?.[0];
  if (!file) return;
  const most = Number(form.dataset.mostBytes);
  if (file.size > most) {
    tell(`${file.name} has ${megabytes(file.size)} MB; an import takes at most ${megabytes(most)} MB.`);
    return;
  }
  send(new FormData(form), file.size);
});

/**
 * @param {FormData} data
 * @param {number} size
 */
function send(data, size) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.addEventListener("progress", (event) => show(event.loaded, event.total));
  request.addEventListener("load", () => arrived(request));
  request.addEventListener("error", () => tell("The connection broke. Send the file again: nothing comes twice."));
  tell("");
  show(0, size);
  busy(true);
  request.send(data);
}

/** @param {XMLHttpRequest} request */
function arrived(request) {
  if (request.status === 200 && request.responseURL !== form.action) {
    location.assign(request.responseURL);
    return;
  }
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const reason = page.querySelector("#import-problem .note, #import-form .errorlist");
  tell(reason?.textContent?.trim() || `The server answered ${request.status}. Send the file again in a moment.`);
}

/**
 * @param {number} sent
 * @param {number} total
 */
function show(sent, total) {
  bar.value = total ? sent / total : 0;
  words.textContent =
    sent < total ? `${megabytes(sent)} of ${megabytes(total)} MB sent` : "All sent. The rows are being read…";
}

/** @param {string} reason */
function tell(reason) {
  busy(false);
  problem.replaceChildren();
  if (!reason) return;
  const note = document.createElement("p");
  note.className = "note bad";
  note.textContent = reason;
  problem.append(note);
}

/** @param {boolean} is */
function busy(is) {
  progress.hidden = !is;
  button.disabled = is;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 2 ** 20).toFixed(1);
}
