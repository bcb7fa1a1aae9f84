import { photo } from './photos.js';
import { best, prepared } from './pixels.js';

/** As large as the network's input, and so with next to nothing to resize. */
const PLAIN = new ImageData(224, 224);

/**
 * From files to the network's pixels, one after the other in the page's own thread, in alternating order: for each file the
 * milliseconds of ours, by each decoder, and of the browser's way.
 * @param {{ urls: string[], rounds: number }} plan
 */
export async function decoding({ urls, rounds }) {
  const { createTagger } = await import('/tagdrop/index.js');

  /** Ours resizes where the network runs: its time is what inference takes longer than without. @param {object} options */
  const ours = async (options) => {
    const tagger = await createTagger({ ...options, worker: false });
    return async (/** @type {File} */ file) => {
      const { timings: plain = {} } = await tagger.tag(PLAIN);
      const { timings: { decode = NaN, inference = NaN } = {}, scores, error } = await tagger.tag(file);
      if (!scores) throw new Error(`${file.name}: ${error?.message}`);
      return { time: decode + Math.max(0, inference - (plain.inference ?? NaN)), first: best(scores)[0] };
    };
  };
  const browsers = async (/** @type {File} */ file) => {
    const began = performance.now();
    await prepared(file);
    return { time: performance.now() - began };
  };
  const sides = /** @type {[string, (file: File) => Promise<{ time: number, first?: number }>][]} */ ([
    ['Tagdrop', await ours({})],
    ["Tagdrop, decoder: 'fast'", await ours({ decoder: 'fast' })],
    ['createImageBitmap and a canvas', browsers],
  ]);
  const files = [];
  for (const url of urls) {
    const file = await photo(url);
    const rows = sides.map(([name, run]) => ({ name, run, times: /** @type {number[]} */ ([]), first: /** @type {number | undefined} */ (undefined) }));
    for (const row of rows) row.first = (await row.run(file)).first;
    for (let round = 0; round < rounds; round++) {
      for (const { run, times } of round % 2 ? rows.toReversed() : rows) times.push((await run(file)).time);
    }
    files.push({ url, bytes: file.size, rows: rows.map(({ name, times, first }) => ({ name, times, first })) });
  }
  return files;
}
