/** Forgives so many deaths within so long; at one more it opens, until it is reset. */
export class CircuitBreaker {
  #maxDeaths;
  #windowMs;
  #now;
  /** @type {number[]} */
  #deaths = [];
  #open = false;

  /** @param {number} maxRelaunches @param {number} relaunchSeconds @param {() => number} [now] milliseconds, never backwards */
  constructor(maxRelaunches, relaunchSeconds, now = () => performance.now()) {
    this.#maxDeaths = maxRelaunches;
    this.#windowMs = relaunchSeconds * 1000;
    this.#now = now;
  }

  get open() {
    return this.#open;
  }

  recordDeath() {
    const now = this.#now();
    this.#deaths = this.#deaths.filter((death) => now - death < this.#windowMs);
    this.#deaths.push(now);
    this.#open ||= this.#deaths.length > this.#maxDeaths;
  }

  reset() {
    this.#deaths = [];
    this.#open = false;
  }
}
