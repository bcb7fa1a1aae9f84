/** Milliseconds between two spoken lines of progress: a listener wants the news, not the count. */
const PAUSE = 5000;

/** Speaks to screen readers through one polite live region. */
export class Announcer {
  #region;
  #last = 0;

  /** @param {HTMLElement} region */
  constructor(region) {
    this.#region = region;
  }

  /** @param {string} text */
  say(text) {
    this.#last = performance.now();
    this.#region.textContent = text;
  }

  /** Said only if nothing was said for a while. @param {string} text */
  progress(text) {
    if (performance.now() - this.#last > PAUSE) this.say(text);
  }
}
