import { NETWORKS } from './engines/index.js';
import { photo } from './photos.js';
import { best, exact } from './pixels.js';

/** Milliseconds in which optimizing compilers finish what the warm-up made them begin. */
const SETTLE = 3000;

/**
 * The networks in turn, in alternating order, on one picture of 224 × 224 pixels: what each found, and its milliseconds in each round.
 * @param {{ names: string[], rounds: number, warmups: number, url: string }} plan
 */
export async function inference({ names, rounds, warmups, url }) {
  const image = await exact(await photo(url));
  const rows = [];
  for (const name of names) rows.push({ name, network: await NETWORKS[name](), times: /** @type {number[]} */ ([]), found: /** @type {number[]} */ ([]) });
  for (const row of rows) {
    for (let run = 0; run < warmups; run++) {
      const answer = await row.network.infer(image);
      row.found = answer instanceof Float32Array ? best(answer) : answer;
    }
  }
  await new Promise((resolve) => setTimeout(resolve, SETTLE));
  for (let round = 0; round < rounds; round++) {
    for (const { network, times } of round % 2 ? rows.toReversed() : rows) {
      await new Promise((resolve) => setTimeout(resolve));
      // Not counted: it takes back the caches, which the others' weights have filled meanwhile, as the photo before would have.
      await network.infer(image);
      const began = performance.now();
      await network.infer(image);
      times.push(performance.now() - began);
    }
  }
  return rows.map(({ name, times, found }) => ({ name, times, found }));
}
