/**
 * Images ready before they are needed, in two tiers: the bytes of many, and the next few decoded and in the
 * document, so that showing one is a move and no work. A failed one is forgotten and tried again.
 */

const AT_ONCE = 4;
const DECODED_AHEAD = 6;
const KEPT_BEHIND = 3;
const TINY = 64;

export class Images {
  /** Object URLs of bytes that are here or on their way. @type {Map<string, Promise<string>>} */
  #bytes = new Map();
  /** Images that are decoded or being so. @type {Map<string, Promise<HTMLImageElement>>} */
  #decoded = new Map();
  /** Those that can be shown at once. @type {Map<string, HTMLImageElement>} */
  #ready = new Map();
  #loading = 0;
  #fetchedBytes = 0;
  #fetchedCount = 0;
  /** @type {(() => void)[]} */
  #queue = [];

  /** How a picture is seen closer. @type {import("./zoom.js").PictureZoom | undefined} */
  #closer;

  /** @param {Element} shelf an invisible part of the document @param {HTMLElement} stage */
  constructor(shelf, stage) {
    this.shelf = shelf;
    import("./zoom.js").then(({ PictureZoom }) => (this.#closer = new PictureZoom(stage)));
  }

  /** See the picture on the stage closer, or whole again; false where there is none to be seen so. */
  zoom() {
    return Boolean(this.#closer?.toggle());
  }

  /**
   * Fetch and decode what comes, let go of what is far behind.
   * @param {string[]} coming addresses, the current one first
   * @param {string[]} behind addresses, newest last
   */
  plan(coming, behind) {
    const near = [...behind.slice(-KEPT_BEHIND), ...coming.slice(0, 1 + DECODED_AHEAD)];
    for (const address of coming) this.#fetched(address).catch(() => {});
    for (const address of near) this.#picture(address).catch(() => {});
    const needed = new Set([...near, ...coming]);
    for (const address of this.#bytes.keys()) if (!needed.has(address)) this.#forget(address);
    for (const address of this.#decoded.keys()) if (!near.includes(address)) this.#undecode(address);
  }

  /** The picture, at once if it is ready; else a promise that rejects if it cannot be had now. @param {string} address */
  take(address) {
    return this.#ready.get(address) ?? this.#picture(address);
  }

  /** Bytes of a picture, on average; 0 before the first. */
  get average() {
    return this.#fetchedBytes / (this.#fetchedCount || 1);
  }

  /** Put a picture that was taken back in its place. @param {Element | null} node */
  putBack(node) {
    this.#closer?.leave();
    if (node instanceof HTMLImageElement && this.#ready.get(node.dataset.address ?? "") === node) {
      this.shelf.append(node);
    }
  }

  /** @param {string} address @returns {Promise<HTMLImageElement>} */
  #picture(address) {
    const known = this.#decoded.get(address);
    if (known) return known;
    const coming = this.#decode(address);
    this.#decoded.set(address, coming);
    coming.catch(() => this.#decoded.delete(address));
    return coming;
  }

  /** @param {string} address */
  async #decode(address) {
    const url = await this.#fetched(address);
    const picture = new Image();
    picture.alt = "The picture to label";
    picture.className = "item-image";
    picture.dataset.address = address;
    picture.src = url;
    this.shelf.append(picture);
    await picture.decode();
    const size = Math.max(picture.naturalWidth, picture.naturalHeight);
    if (size <= TINY) picture.dataset.tiny = String(size <= TINY / 2);
    if (this.#decoded.has(address)) this.#ready.set(address, picture);
    return picture;
  }

  /** @param {string} address @returns {Promise<string>} */
  #fetched(address) {
    const known = this.#bytes.get(address);
    if (known) return known;
    const coming = this.#turn().then(() => this.#load(address).finally(() => this.#next()));
    this.#bytes.set(address, coming);
    coming.catch(() => this.#bytes.delete(address));
    return coming;
  }

  /** @param {string} address */
  async #load(address) {
    const response = await fetch(address, { credentials: "same-origin" });
    if (!response.ok || response.redirected) throw new Error(`no picture at ${address}: ${response.status}`);
    const bytes = await response.blob();
    this.#fetchedBytes += bytes.size;
    this.#fetchedCount += 1;
    return URL.createObjectURL(bytes);
  }

  /** @returns {Promise<void>} */
  #turn() {
    if (this.#loading < AT_ONCE) {
      this.#loading += 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  #next() {
    const waiting = this.#queue.shift();
    if (waiting) waiting();
    else this.#loading -= 1;
  }

  /** @param {string} address */
  #undecode(address) {
    const picture = this.#ready.get(address);
    this.#decoded.delete(address);
    this.#ready.delete(address);
    if (picture?.parentElement === this.shelf) picture.remove();
  }

  /** @param {string} address */
  #forget(address) {
    this.#undecode(address);
    this.#bytes.get(address)?.then((url) => URL.revokeObjectURL(url), () => {});
    this.#bytes.delete(address);
  }
}
