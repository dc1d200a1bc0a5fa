/** Requests to the REST interface of this site, as the person who is logged in. */

/**
 * `generation` is the number of the queue's order, where the server says it.
 * @typedef {{status: number, data: any, generation?: number}} Reply
 */

const PATIENCE = 15_000;
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
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf() },
    body: body === undefined ? null : JSON.stringify(body),
    ...(keepalive ? {} : { signal: AbortSignal.timeout(PATIENCE) }),
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
