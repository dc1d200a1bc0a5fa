/**
 * Requests to the REST interface of this site, as the person who is logged in; which answer means what, and how long to
 * wait before the next try.
 *
 * @typedef {"arrived" | "later" | "logged out" | "refused"} Outcome
 * @typedef {"offline" | "logged out" | "no access"} Trouble
 */

/**
 * `generation` is the number of the queue's order, where the server says it.
 * @typedef {{status: number, data: any, generation?: number}} Reply
 */

const TIMEOUT = 15_000;
// The first and the longest wait, in milliseconds: a network comes back by itself, a log-in by somebody's hand.
const NETWORK_WAITS = [250, 8000];
const LOG_IN_WAITS = [5000, 60_000];
/** What stands for an answer when none came. @type {Reply} */
export const NOTHING = { status: 0, data: null };

/**
 * The answer's status and JSON; rejects when there is none: offline, or nothing came for long.
 * @param {string} method
 * @param {string} path below /api/
 * @param {unknown} [body]
 * @param {{keepalive?: boolean}} [options] keepalive: go on when the page is left
 * @returns {Promise<Reply>}
 */
export async function call(method, path, body, { keepalive = false } = {}) {
  const response = await fetch(`/api/${path}`, {
    method,
    keepalive,
    credentials: "same-origin",
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf(), "X-Person": document.body.dataset["person"] ?? "" },
    body: body === undefined ? null : JSON.stringify(body),
    ...(keepalive ? {} : { signal: AbortSignal.timeout(TIMEOUT) }),
  });
  return {
    status: response.status,
    data: response.status === 204 ? null : await response.json().catch(() => null),
    generation: Number(response.headers.get("X-Queue-Generation")),
  };
}

/** Read each time: logging in again, in another tab, changes it. */
function csrf() {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

/** A random UUID, also where `crypto.randomUUID` is missing because the page came by plain HTTP. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (Number(bytes[6]) & 0x0f) | 0x40;
  bytes[8] = (Number(bytes[8]) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** What an HTTP status says about a request. 0: none came. @param {number} status @returns {Outcome} */
export function outcomeOf(status) {
  if (status >= 200 && status < 300) return "arrived";
  if (status === 401 || status === 403) return "logged out";
  return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500 ? "later" : "refused";
}

/** Milliseconds to wait after so many failures in a row. @param {number} failures @param {Trouble} [trouble] */
export function backoff(failures, trouble = "offline") {
  const [first, longest] = trouble === "offline" ? NETWORK_WAITS : LOG_IN_WAITS;
  return Math.min(Number(longest), Number(first) * 2 ** (failures - 1));
}
