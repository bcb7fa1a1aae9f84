/** @import { Tagger } from './tagdrop/types.d.ts' */
/** @import { Photo } from './photo.js' */
import { part } from './page.js';

/** Finds photos by words in any language: what they mean is asked of the tagger, once a change. */
export class PhotoSearch {
  #input = part('search', HTMLInputElement);
  #turn = 0;

  /**
   * @param {(words: string) => ReturnType<Tagger['search']>} search
   * @param {(isFound: ((photo: Photo) => boolean) | undefined) => void} onFound Undefined when nothing is sought.
   * @param {() => void} onFailure
   */
  constructor(search, onFound, onFailure) {
    this.#input.addEventListener('input', async () => {
      const turn = ++this.#turn;
      const words = this.#input.value.trim();
      if (!words) return onFound(undefined);
      try {
        const ids = new Set((await search(words)).map(({ id }) => id));
        if (turn === this.#turn) onFound((photo) => photo.shows(ids, words));
      } catch {
        if (turn === this.#turn) onFailure();
      }
    });
  }
}
