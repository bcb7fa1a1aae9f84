/** @import { SelectOptions } from './tagdrop/types.d.ts' */
import { percent } from './words.js';

/** The package's own default: a tag under this share of the photo's best one is left out. */
const NEAR_BEST = 1 / 3;

/** The sliders, read as the package's options. Their starting values stand in the page. */
export class Settings {
  #minConfidence;
  #maxTags;
  #nearBest;
  /** Goes up with every change: whoever notes it can tell whether its tags are of today. */
  version = 0;

  /**
   * @param {{ minConfidence: HTMLInputElement, maxTags: HTMLInputElement, nearBest: HTMLInputElement }} inputs
   * @param {() => void} onChange At most once a frame.
   */
  constructor({ minConfidence, maxTags, nearBest }, onChange) {
    this.#minConfidence = minConfidence;
    this.#maxTags = maxTags;
    this.#nearBest = nearBest;
    let frame = 0;
    const changed = () => {
      this.version++;
      this.#say();
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(onChange);
    };
    for (const input of [minConfidence, maxTags, nearBest]) input.addEventListener('input', changed);
    // Browsers put old values back into a reloaded page.
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
    say(this.#maxTags, this.#unlimited ? 'no limit' : this.#maxTags.value);
  }
}

/** @param {HTMLInputElement} slider @param {string} words */
function say(slider, words) {
  slider.setAttribute('aria-valuetext', words);
  slider.style.setProperty('--at', `${((slider.valueAsNumber - Number(slider.min)) / (Number(slider.max) - Number(slider.min))) * 100}%`);
  for (const output of document.querySelectorAll(`output[for="${slider.id}"]`)) output.textContent = words;
}
