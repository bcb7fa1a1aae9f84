/** @import { SelectOptions, Tag, Tagger } from './tagdrop/types.d.ts' */
/** @import { Photo } from './photo.js' */

/** Photos whose tags are asked for together: few enough that a moving slider is answered on the way. */
const BATCH = 48;

/** Chooses tags anew for every photo with kept scores. The network does not run; the newest request wins. */
export class Reselection {
  #tagger;
  #onTags;
  #turn = 0;

  /** @param {Tagger} tagger @param {(photo: Photo, tags: Tag[]) => void} onTags */
  constructor(tagger, onTags) {
    this.#tagger = tagger;
    this.#onTags = onTags;
  }

  /** @param {Photo[]} photos @param {SelectOptions} options */
  async apply(photos, options) {
    const turn = ++this.#turn;
    for (let at = 0; at < photos.length; at += BATCH) {
      await Promise.all(photos.slice(at, at + BATCH).map((photo) => this.#choose(photo, options, () => turn === this.#turn)));
      if (turn !== this.#turn) return;
    }
  }

  /** One photo that was tagged under settings of a moment ago. @param {Photo} photo @param {SelectOptions} options */
  async catchUp(photo, options) {
    const turn = this.#turn;
    await this.#choose(photo, options, () => turn === this.#turn);
  }

  /** @param {Photo} photo @param {SelectOptions} options @param {() => boolean} current */
  async #choose(photo, options, current) {
    if (!photo.scores) return;
    const tags = await this.#tagger.select(photo.scores, options);
    if (current()) this.#onTags(photo, tags);
  }
}
