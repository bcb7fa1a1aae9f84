import { NETWORKS } from './engines/index.js';
import { best, exact } from './pixels.js';

/**
 * The networks in turn, in alternating order, on one picture of 224 × 224 pixels: what each found, and its milliseconds in each round.
 * @param {{ names: string[], rounds: number, warmups: number }} plan
 */
export async function inference({ names, rounds, warmups }) {
  const image = await exact(await (await fetch('/golden/coffee-224.png')).blob());
  const networks = [];
  for (const name of names) networks.push({ name, network: await NETWORKS[name](), times: /** @type {number[]} */ ([]), found: /** @type {number[]} */ ([]) });
  for (const entry of networks) {
    for (let run = 0; run < warmups; run++) {
      const answer = await entry.network.infer(image);
      entry.found = answer instanceof Float32Array ? best(answer) : answer;
    }
  }
  // Optimizing compilers finish what the warm-up made them begin.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 ? networks.toReversed() : networks;
    for (const { network, times } of order) {
      await new Promise((resolve) => setTimeout(resolve));
      const began = performance.now();
      await network.infer(image);
      times.push(performance.now() - began);
    }
  }
  return networks.map(({ name, times, found }) => ({ name, times, found }));
}
