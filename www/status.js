/** @import { Progress } from './tagdrop/types.d.ts' */
import { announce, announceProgress } from './announcer.js';
import { part } from './page.js';
import { count, fill, megabytes, number, texts } from './texts.js';
import { trouble } from './words.js';

/** The line that says what Tagdrop is doing, with its bar and its buttons. */
export class Status {
  #box = part('status', HTMLElement);
  #line = part('status-text', HTMLElement);
  #bar = part('status-progress', HTMLProgressElement);
  #cancel = part('cancel', HTMLButtonElement);
  #startAgain = part('start-again', HTMLButtonElement);
  /** Bytes of each download of the start. @type {Map<string, { loaded: number, total: number }>} */
  #downloads = new Map();
  #workingSince = 0;
  /** Says the line anew, in whatever language. */
  #words = () => texts.gettingReady;

  starting() {
    this.#downloads.clear();
    this.#show('loading', () => texts.gettingReady);
  }

  /** @param {Progress} progress Of the start. */
  downloading({ stage, loaded, total }) {
    this.#downloads.set(stage, { loaded, total });
    const all = [...this.#downloads.values()];
    const sum = { loaded: all.reduce((sum, { loaded }) => sum + loaded, 0), total: all.reduce((sum, { total }) => sum + total, 0) };
    const words = () => fill(sum.total ? texts.loadingOf : texts.loading, { loaded: megabytes(sum.loaded), total: megabytes(sum.total) });
    this.#show('loading', words, sum.total ? sum.loaded / sum.total : undefined);
    announceProgress(words());
  }

  /** @param {number} milliseconds How long the start took. */
  ready(milliseconds) {
    this.#show('ready', () => fill(texts.ready, { s: number(milliseconds / 1000, 1) }));
    announce(texts.readySaid);
  }

  /** @param {string} code */
  failed(code) {
    const words = () => Object.values(trouble(code)).join(' ');
    this.#show('failed', words);
    announce(words());
  }

  /** @param {number} done @param {number} all */
  working(done, all) {
    if (this.#box.dataset.state !== 'working') this.#workingSince = performance.now();
    const words = () => fill(texts.tagging, { done: number(done), photos: count(all, texts.photos) });
    this.#show('working', words, all ? done / all : undefined);
    document.title = `${done}/${all} · Tagdrop`;
    announceProgress(words());
  }

  /** @param {{ looked: number, stopped: number }} run Photos with an answer, and those cancelled before they had one. */
  finished({ looked, stopped }) {
    const seconds = (performance.now() - this.#workingSince) / 1000;
    const words = () =>
      stopped
        ? fill(texts.cancelled, { photos: count(stopped, texts.photos) })
        : fill(texts.done, { photos: count(looked, texts.photos), s: number(seconds, 1) });
    this.#show('ready', words);
    document.title = 'Tagdrop';
    announce(words());
  }

  sayAgain() {
    this.#line.textContent = this.#words();
  }

  /**
   * @param {'loading' | 'ready' | 'working' | 'failed'} state
   * @param {() => string} words
   * @param {number} [share] Of the bar, 0 to 1; without it the bar only says that something is going on.
   */
  #show(state, words, share) {
    this.#box.dataset.state = state;
    this.#words = words;
    this.sayAgain();
    this.#bar.hidden = state === 'ready' || state === 'failed';
    if (share === undefined) this.#bar.removeAttribute('value');
    else this.#bar.value = share;
    // A button that vanishes under the finger must not drop the focus to the top of the page.
    if (document.activeElement === this.#cancel && state !== 'working') this.#box.focus();
    this.#cancel.hidden = state !== 'working';
    this.#startAgain.hidden = state !== 'failed';
  }
}
