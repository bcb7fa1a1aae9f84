import { part } from './page.js';

/** Milliseconds between two spoken lines of progress: a listener wants the news, not the count. */
const PAUSE = 5000;

const region = part('announce', HTMLElement);
let last = -Infinity;

/** Says something to screen readers, politely. @param {string} text */
export function announce(text) {
  last = performance.now();
  region.textContent = text;
}

/** Said only if nothing was said for a while. @param {string} text */
export function announceProgress(text) {
  if (performance.now() - last > PAUSE) announce(text);
}
