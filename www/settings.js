/** @import { SelectOptions } from './tagdrop/types.d.ts' */
import { part } from './page.js';
import { percent, texts } from './texts.js';

/** The package's own default: a tag under this share of the photo's best one is left out. */
const NEAR_BEST = 1 / 4;

/** The sliders, read as the package's options. Their starting values stand in the page. */
export class Settings {
  #minConfidence = part('min-confidence', HTMLInputElement);
  #maxTags = part('max-tags', HTMLInputElement);
  #nearBest = part('near-best', HTMLInputElement);
  /** Goes up with every change: whoever notes it can tell whether its tags are of today. */
  version = 0;

  /** @param {() => void} onChange At most once a frame. */
  constructor(onChange) {
    let frame = 0;
    for (const input of [this.#minConfidence, this.#maxTags, this.#nearBest]) {
      input.addEventListener('input', () => {
        this.touch();
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(onChange);
      });
    }
    // Browsers put old values back into a reloaded page.
    this.#say();
  }

  /** What tags are chosen by has changed, here or with the language. */
  touch() {
    this.version++;
    this.#say();
  }

  /** @returns {Required<Pick<SelectOptions, 'minConfidence' | 'maxTags' | 'relativeCut'>>} */
  get options() {
    return {
      minConfidence: this.#minConfidence.valueAsNumber,
      maxTags: this.#unlimited ? 0 : this.#maxTags.valueAsNumber,
      relativeCut: this.#nearBest.checked ? NEAR_BEST : 0,
    };
  }

  /** The last notch of the slider. */
  get #unlimited() {
    return this.#maxTags.value === this.#maxTags.max;
  }

  #say() {
    say(this.#minConfidence, percent(this.#minConfidence.valueAsNumber));
    say(this.#maxTags, this.#unlimited ? texts.unlimited : this.#maxTags.value);
  }
}

/** @param {HTMLInputElement} slider @param {string} words */
function say(slider, words) {
  const [min, max] = [Number(slider.min), Number(slider.max)];
  slider.style.setProperty('--at', `${((slider.valueAsNumber - min) / (max - min)) * 100}%`);
  slider.setAttribute('aria-valuetext', words);
  part(`${slider.id}-said`, HTMLOutputElement).textContent = words;
}
