/** @import { Progress } from './tagdrop/types.d.ts' */
/** @import { Announcer } from './announcer.js' */
import { count, megabytes, trouble } from './words.js';

/** The line that says what Tagdrop is doing, with its bar and its buttons. */
export class Status {
  #parts;
  #announcer;
  /** Bytes of each download of the start. @type {Map<string, { loaded: number, total: number }>} */
  #downloads = new Map();
  #workingSince = 0;

  /**
   * @param {{ box: HTMLElement, text: HTMLElement, bar: HTMLProgressElement, cancel: HTMLElement, startAgain: HTMLElement }} parts
   * @param {Announcer} announcer
   */
  constructor(parts, announcer) {
    this.#parts = parts;
    this.#announcer = announcer;
  }

  /** @param {Progress} progress Of the start. */
  downloading({ stage, loaded, total }) {
    this.#downloads.set(stage, { loaded, total });
    const sums = [...this.#downloads.values()].reduce((sum, each) => ({ loaded: sum.loaded + each.loaded, total: sum.total + each.total }));
    const words = sums.total ? `${megabytes(sums.loaded)} of ${megabytes(sums.total)} MB` : `${megabytes(sums.loaded)} MB`;
    this.#show('loading', `Loading the model: ${words}`, sums.total ? sums.loaded / sums.total : undefined);
    this.#announcer.progress(`Loading the model: ${words}`);
  }

  starting() {
    this.#downloads.clear();
    this.#show('loading', 'Getting ready…', undefined);
  }

  /** @param {number} [milliseconds] How long the start took, when it has just ended. */
  ready(milliseconds) {
    this.#show('ready', milliseconds === undefined ? 'Ready.' : `Ready after ${(milliseconds / 1000).toFixed(1)} s. Drop something.`, 1);
  }

  /** @param {string} code */
  failed(code) {
    const { what, todo } = trouble(code);
    this.#show('failed', `${what} ${todo}`, 0);
    this.#announcer.say(`${what} ${todo}`);
  }

  /** @param {number} done @param {number} all */
  working(done, all) {
    if (this.#parts.box.dataset.state !== 'working') this.#workingSince = performance.now();
    this.#show('working', `Tagging: ${done.toLocaleString('en')} of ${count(all, 'photo')}`, all ? done / all : undefined);
    document.title = `${done}/${all} · Tagdrop`;
    this.#announcer.progress(`${done} of ${count(all, 'photo')} tagged`);
  }

  /** @param {{ looked: number, stopped: number }} run Photos with an answer, and those cancelled before they had one. */
  finished({ looked, stopped }) {
    const seconds = ((performance.now() - this.#workingSince) / 1000).toFixed(1);
    const text = stopped ? `Cancelled. ${count(stopped, 'photo is', 'photos are')} left to tag.` : `Done: ${count(looked, 'photo')} in ${seconds} s, on this computer.`;
    this.#show('ready', text, 1);
    document.title = 'Tagdrop';
    this.#announcer.say(text);
  }

  /** @param {'loading' | 'ready' | 'working' | 'failed'} state @param {string} text @param {number | undefined} share Of the bar, 0 to 1; undefined: not known. */
  #show(state, text, share) {
    const { box, text: line, bar, cancel, startAgain } = this.#parts;
    box.dataset.state = state;
    line.textContent = text;
    if (share === undefined) bar.removeAttribute('value');
    else bar.value = share;
    bar.hidden = state === 'ready' || state === 'failed';
    // A button that vanishes under the finger must not drop the focus to the top of the page.
    if (document.activeElement === cancel && state !== 'working') box.focus();
    cancel.hidden = state !== 'working';
    startAgain.hidden = state !== 'failed';
  }
}
