/** Seconds that an item was to be seen: time in another tab does not count. */
export class Stopwatch {
  #since = 0;
  #sum = 0;
  #running = false;

  /** @param {() => number} now milliseconds */
  constructor(now = () => performance.now()) {
    this.now = now;
  }

  restart() {
    this.#sum = 0;
    this.#since = this.now();
    this.#running = true;
  }

  pause() {
    this.#sum = this.#milliseconds();
    this.#running = false;
  }

  resume() {
    if (!this.#running) this.#since = this.now();
    this.#running = true;
  }

  get seconds() {
    return Math.round(this.#milliseconds()) / 1000;
  }

  #milliseconds() {
    return this.#sum + (this.#running ? this.now() - this.#since : 0);
  }
}
