/** @import { Announcer } from './announcer.js' */

/** A line at the foot of the window about what was just done, with a way back where there is one. Stays until closed or replaced. */
export class Notice {
  #box;
  #text;
  #button;
  #announcer;
  /** @type {(() => void) | undefined} */
  #act;

  /** @param {{ box: HTMLElement, text: HTMLElement, button: HTMLElement, close: HTMLElement }} parts @param {Announcer} announcer */
  constructor({ box, text, button, close }, announcer) {
    this.#box = box;
    this.#text = text;
    this.#button = button;
    this.#announcer = announcer;
    close.addEventListener('click', () => this.hide());
    button.addEventListener('click', () => {
      this.hide();
      this.#act?.();
    });
  }

  /** @param {string} text @param {() => void} [undo] */
  show(text, undo) {
    this.#act = undo;
    this.#button.hidden = !undo;
    this.#text.textContent = text;
    this.#box.hidden = false;
    this.#announcer.say(undo ? `${text} It can be undone at the end of the page.` : text);
  }

  hide() {
    this.#box.hidden = true;
  }
}
