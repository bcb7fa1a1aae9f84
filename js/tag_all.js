/** @import { ImageSource, IndexedTagResult, TagAll } from './all_types.d.ts' */
import { abortedBy, throwIfAborted } from './caller.js';
import { outcomeOf, TagdropError } from './tagdrop_error.js';
import { readTagOptions } from './tagger_options.js';

/** Pulls no more than can be in work or wait for a slow consumer. @type {TagAll} */
export async function* tagAll(tagger, sources, options, defaultPending) {
  const { signal, onProgress, priority, maxPending = defaultPending } = readTagOptions(options, true);
  const iterator = iterate(sources);
  throwIfAborted(signal);
  const stop = new AbortController();
  signal?.addEventListener('abort', () => stop.abort(abortedBy(signal)), { signal: stop.signal });
  /** @type {IndexedTagResult[]} */
  const finished = [];
  let inWork = 0;
  let index = 0;
  let filling = false;
  let ended = false;
  /** What ended it early: of the source or the tagger, not of one photo. @type {unknown[]} */
  const failures = [];
  let wake = () => {};
  stop.signal.addEventListener('abort', () => wake());

  /** @param {unknown} failure */
  const fail = (failure) => {
    ended = true;
    failures.push(failure);
  };

  /** @param {ImageSource} source @param {number} index */
  const tagOne = async (source, index) => {
    inWork++;
    await tagger
      .tag(source, { signal: stop.signal, onProgress, priority })
      .catch((error) => {
        if (error.code !== 'invalid-source') throw error;
        return outcomeOf(error, tagger.model);
      })
      .then((result) => finished.push({ ...result, index, source }), fail);
    inWork--;
    wake();
  };

  const fill = async () => {
    if (filling) return;
    filling = true;
    try {
      while (!ended && inWork + finished.length < maxPending) {
        const next = await iterator.next();
        if (next.done || stop.signal.aborted) ended = true;
        else void tagOne(next.value, index++);
      }
    } catch (error) {
      fail(error);
    }
    filling = false;
    wake();
  };

  try {
    for (;;) {
      throwIfAborted(stop.signal);
      const result = finished.shift();
      void fill();
      if (result) yield result;
      else if (ended && !filling && !inWork) break;
      else await new Promise((resolve) => (wake = () => resolve(undefined)));
    }
    if (failures.length) throw failures[0];
  } finally {
    stop.abort();
    if (!ended) void (async () => iterator.return?.())().catch(() => {});
  }
}

/** @param {any} sources @returns {AsyncIterator<ImageSource> | Iterator<ImageSource>} */
function iterate(sources) {
  const iterator = typeof sources === 'object' && (sources?.[Symbol.asyncIterator] ?? sources?.[Symbol.iterator]);
  if (!iterator) throw new TagdropError('invalid-source', 'tagAll() takes an iterable of image sources.');
  return iterator.call(sources);
}
