import { photo } from './photos.js';
import { best } from './pixels.js';

/** @typedef {(files: File[]) => Promise<number[][]>} Run Photos to the best classes in each. */

/** @param {object} options @returns {Promise<Run>} */
async function ours(options) {
  const { createTagger } = await import('/tagdrop/index.js');
  const tagger = await createTagger(options);
  return async (files) => {
    const classes = /** @type {number[][]} */ ([]);
    for await (const { index, scores, error } of tagger.tagAll(files)) {
      if (!scores) throw new Error(`${files[index].name}: ${error?.message}`);
      classes[index] = best(scores);
    }
    return classes;
  };
}

/** One worker. @param {string} name @returns {Run} */
function theirs(name) {
  const worker = new Worker('/page/peer_worker.js', { name });
  return async (files) => {
    const answers = [];
    for (const file of files) {
      const { classes, error } = await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = reject;
        worker.postMessage(file);
      });
      if (error) throw new Error(`${name}: ${error}`);
      answers.push(classes);
    }
    return answers;
  };
}

/**
 * Photos from File to tags in blocks, the sides in alternating order: what each side found in the photos, and the milliseconds of
 * each of its blocks. Also the tasks of over 50 ms in the page's thread while ours started or worked.
 * @param {{ urls: string[], photos: number, block: number }} plan
 */
export async function throughput({ urls, photos, block }) {
  const files = await Promise.all(urls.map(photo));
  const longTasks = /** @type {PerformanceEntry[]} */ ([]);
  new PerformanceObserver((list) => longTasks.push(...list.getEntries())).observe({ type: 'longtask' });

  const began = performance.now();
  const our = [
    { name: 'Tagdrop int8', run: await ours({ workers: 1 }) },
    { name: "Tagdrop int8, decoder: 'fast'", run: await ours({ workers: 1, decoder: 'fast' }) },
    { name: 'Tagdrop int8, two workers', run: await ours({ workers: 2 }) },
  ];
  const busy = [[began, performance.now()]];
  const their = ['LiteRT.js int8', 'transformers.js q8'].map((name) => ({ name, run: theirs(name) }));
  const rows = [];
  for (const side of [...our, ...their]) rows.push({ ...side, found: await side.run(files), times: /** @type {number[]} */ ([]) });

  for (let done = 0; done < photos; done += block) {
    const batch = Array.from({ length: block }, (_, at) => files[(done + at) % files.length]);
    for (const { name, run, times } of (done / block) % 2 ? rows.toReversed() : rows) {
      const began = performance.now();
      await run(batch);
      const ended = performance.now();
      times.push(ended - began);
      if (name.startsWith('Tagdrop')) busy.push([began, ended]);
    }
  }
  // The observer is told late.
  await new Promise((resolve) => setTimeout(resolve, 200));
  return {
    rows: rows.map(({ name, times, found }) => ({ name, times, found })),
    bytes: files.map(({ size }) => size),
    longTasks: longTasks.filter(({ startTime }) => busy.some(([from, to]) => startTime >= from && startTime < to)).map(({ duration }) => duration),
  };
}
