import { photo } from './photos.js';
import { best, prepared } from './pixels.js';

/** As large as the network's input, and so with next to nothing to resize. */
const PLAIN = new ImageData(224, 224);

/** @typedef {{ name: string, first?: number, decode: number[], network: number[], plain: number[] }} Decoded Milliseconds, one for each round. */

/**
 * Each file decoded in the page's own thread, in alternating order, by ours with each decoder and in the browser's way: `decode`, until
 * there are pixels. Ours resizes them only where the network runs, and so it also says what that took, and what it takes of `plain`
 * pixels that need no resizing; the browser's way has resized.
 * @param {{ urls: string[], rounds: number }} plan @returns {Promise<{ bytes: number, rows: Decoded[] }[]>}
 */
export async function decoding({ urls, rounds }) {
  const { createTagger } = await import('/tagdrop/index.js');

  /** @param {object} options */
  const ours = async (options) => {
    const tagger = await createTagger({ ...options, worker: false });
    return async (/** @type {File} */ file) => {
      const { timings: plain } = await tagger.tag(PLAIN);
      const { timings, scores, error } = await tagger.tag(file);
      if (!scores) throw new Error(`${file.name}: ${error?.message}`);
      return { decode: timings?.decode ?? NaN, network: timings?.inference ?? NaN, plain: plain?.inference ?? NaN, first: best(scores)[0] };
    };
  };
  const browsers = async (/** @type {File} */ file) => {
    const began = performance.now();
    await prepared(file);
    return { decode: performance.now() - began, network: 0, plain: 0, first: undefined };
  };
  const sides = [
    { name: 'Tagdrop', run: await ours({}) },
    { name: "Tagdrop, decoder: 'fast'", run: await ours({ decoder: 'fast' }) },
    { name: 'createImageBitmap and a canvas', run: browsers },
  ];
  const files = [];
  for (const url of urls) {
    const file = await photo(url);
    const rows = sides.map(({ name, run }) => ({ run, row: /** @type {Decoded} */ ({ name, decode: [], network: [], plain: [] }) }));
    for (const { run, row } of rows) row.first = (await run(file)).first;
    for (let round = 0; round < rounds; round++) {
      for (const { run, row } of round % 2 ? rows.toReversed() : rows) {
        const took = await run(file);
        for (const part of /** @type {const} */ (['decode', 'network', 'plain'])) row[part].push(took[part]);
      }
    }
    files.push({ bytes: file.size, rows: rows.map(({ row }) => row) });
  }
  return files;
}
