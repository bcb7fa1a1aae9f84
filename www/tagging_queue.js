/** @import { ErrorCode, ImageSource, Stage, Tagger, TagResult } from './tagdrop/types.d.ts' */
/** @import { Photo } from './photo.js' */

/**
 * Who hears of what happens in a queue.
 * @typedef {object} Listener
 * @property {(photo: Photo) => void} onStart The photo is handed to the tagger.
 * @property {(photo: Photo, stage: Stage) => void} onStage
 * @property {(photo: Photo, result: TagResult) => void} onResult
 * @property {() => void} onProgress `done`, `all` or `working` has changed.
 * @property {(photo: Photo) => boolean} isOnScreen What a person sees is looked at first.
 */

/**
 * Takes photos in at any time and hands them to the tagger in one stream, so that the tagger decides how many are in work.
 * A run lasts from the first photo to an empty queue; `done` and `all` count the photos of the present run.
 */
export class TaggingQueue {
  #tagger;
  #listener;
  /** @type {Photo[]} */
  #waiting = [];
  /** @type {Map<ImageSource, Photo>} */
  #inWork = new Map();
  /** @type {AbortController | undefined} */
  #run;
  done = 0;
  all = 0;

  /**
   * @param {Tagger} tagger
   * @param {Listener} listener
   */
  constructor(tagger, listener) {
    this.#tagger = tagger;
    this.#listener = listener;
  }

  get working() {
    return this.#run !== undefined;
  }

  /** @param {Photo[]} photos */
  add(photos) {
    if (!photos.length) return;
    this.#waiting.push(...photos);
    this.all += photos.length;
    if (this.working) this.#listener.onProgress();
    else void this.#drain();
  }

  /** @param {Photo[]} photos Those still waiting are not tagged; what is in work is let finish. */
  forget(photos) {
    const gone = new Set(photos);
    const staying = this.#waiting.filter((photo) => !gone.has(photo));
    this.all -= this.#waiting.length - staying.length;
    this.#waiting = staying;
    if (this.working) this.#listener.onProgress();
  }

  cancel() {
    this.#run?.abort();
  }

  async #drain() {
    const run = new AbortController();
    this.#run = run;
    this.done = 0;
    this.all = this.#waiting.length;
    this.#listener.onProgress();
    // Photos that come in while the last ones are in work find the stream already closed, so it is opened again.
    while (this.#waiting.length) await this.#stream(run.signal);
    this.#run = undefined;
    this.#listener.onProgress();
  }

  /** @param {AbortSignal} signal */
  async #stream(signal) {
    /** @type {Photo[]} */
    const begun = [];
    const pull = () => {
      const photo = this.#waiting.find(this.#listener.isOnScreen) ?? this.#waiting[0];
      if (!photo) return;
      this.#waiting.splice(this.#waiting.indexOf(photo), 1);
      begun.push(photo);
      this.#inWork.set(photo.file, photo);
      this.#listener.onStart(photo);
      return photo.file;
    };
    try {
      const results = this.#tagger.tagAll(filesFrom(pull), {
        signal,
        // Of those pulled too: a person may have scrolled on since.
        priority: (source) => Number(this.#isOnScreen(source)),
        onProgress: ({ stage, source }) => {
          const photo = source && this.#inWork.get(source);
          if (photo) this.#listener.onStage(photo, /** @type {Stage} */ (stage));
        },
      });
      for await (const result of results) {
        const photo = begun[result.index];
        if (photo) this.#finish(photo, result);
      }
    } catch (thrown) {
      const { code = 'internal', message } = /** @type {Error & { code?: ErrorCode }} */ (thrown);
      const error = { code: signal.aborted ? 'aborted' : code, message };
      const unfinished = [...this.#inWork.values(), ...this.#waiting.splice(0)];
      for (const photo of unfinished) this.#finish(photo, { outcome: error.code, tags: [], error, model: '' });
    }
  }

  /** @param {ImageSource} source */
  #isOnScreen(source) {
    const photo = this.#inWork.get(source);
    return photo !== undefined && this.#listener.isOnScreen(photo);
  }

  /** @param {Photo} photo @param {TagResult} result */
  #finish(photo, result) {
    this.#inWork.delete(photo.file);
    this.done++;
    this.#listener.onResult(photo, result);
    this.#listener.onProgress();
  }
}

/** @param {() => File | undefined} pull */
function* filesFrom(pull) {
  for (let file = pull(); file; file = pull()) yield file;
}
