import { announce } from './announcer.js';
import { part } from './page.js';
import { texts } from './texts.js';

const box = part('notice', HTMLElement);
const line = part('notice-text', HTMLElement);
const button = part('notice-act', HTMLButtonElement);

/** @type {(() => void) | undefined} */
let wayBack;

part('notice-close', HTMLButtonElement).addEventListener('click', () => (box.hidden = true));
button.addEventListener('click', () => {
  box.hidden = true;
  wayBack?.();
});

/**
 * A line at the foot of the window about what was just done, with a way back where there is one. Stays until closed or replaced.
 * @param {string} text
 * @param {() => void} [undo]
 */
export function notify(text, undo) {
  wayBack = undo;
  button.hidden = !undo;
  line.textContent = text;
  box.hidden = false;
  announce(undo ? `${text} ${texts.undoHint}` : text);
}
