import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { visitWithChromium, visitWithFirefox } from './browsers.mjs';
import { serve } from './server.mjs';
import { withResizing } from './rows.mjs';
import { median, ratio } from './statistics.mjs';
import { transferOf } from './transfer.mjs';

/** @typedef {import('./browsers.mjs').Visit} Visit */
/** @typedef {import('./rows.mjs').Row} Row */
/** @typedef {{ load: number[] }} Measured Load average before and after. */

export const OURS = 'Tagdrop int8';
const STARTERS = [OURS, 'LiteRT.js int8', 'MediaPipe uint8', 'transformers.js q8'];
const NETWORKS = {
  chromium: [
    ...STARTERS,
    'LiteRT.js int8, plain SIMD',
    'onnxruntime-web QOperator',
    'onnxruntime-web QDQ',
    'LiteRT.js float',
    'TensorFlow.js float',
    'onnxruntime-web float',
  ],
  // What loses by far in Chromium would only take time here.
  firefox: [OURS, 'LiteRT.js int8', 'LiteRT.js int8, plain SIMD', 'onnxruntime-web QOperator'],
};
const DOWNLOADERS = [...STARTERS, 'onnxruntime-web QOperator', 'TensorFlow.js float'];

const WARMUPS = 14;
const STARTS = 7;
const ALONE = 3;
const DECODINGS = 15;
const PHOTOS = 100;
const BLOCK = 10;
const MANY = [100, 10_000];

/** Milliseconds for a browser to write what it compiled and what it keeps. */
const SETTLE = 4000;

const FIXTURES = new URL('../fixtures/', import.meta.url);

/** The photo with the surest answer, in which every engine must see the same, however its pixels were prepared. */
const PHOTO = 'coffee';
const EXACT = `/golden/${PHOTO}-224.png`;

/** To decode: made by models/build/bench_photos.py. */
export const FILES = /** @type {Record<string, string>} */ ({
  'JPEG, 500 × 375': `/made/small/${PHOTO}.jpg`,
  'JPEG, 4000 × 3000': `/made/big/${PHOTO}.jpg`,
  'progressive JPEG, 4000 × 3000': '/made/big-progressive.jpg',
  'PNG, 2000 × 1500': '/made/middle.png',
  'WebP, 2000 × 1500': '/made/middle.webp',
});

/** @param {string[]} names @returns {Row[]} */
const rowsFor = (names) => names.map((name) => ({ name, times: [] }));

/** All cases by name, each a function that measures it. @param {number} rounds of inference */
export async function openCases(rounds) {
  const { photos: golden } = JSON.parse(await readFile(new URL('golden/answers.json', FIXTURES), 'utf8'));
  const expected = new Map(/** @type {{ file: string, top5: number[] }[]} */ (golden).map(({ file, top5 }) => [file, top5]));
  const right = expected.get(`${PHOTO}.jpg`) ?? [];
  const samples = (await readdir(new URL('images/', FIXTURES))).filter((name) => name.endsWith('.jpg')).sort();

  const visitors = { chromium: visitWithChromium, firefox: visitWithFirefox };
  const fresh = await serve(false);
  const keeping = await serve(true);
  const versions = /** @type {Set<string>} */ (new Set());
  const profiles = /** @type {string[]} */ ([]);

  async function newProfile() {
    const profile = await mkdtemp(join(tmpdir(), 'tagdrop-bench-'));
    profiles.push(profile);
    return profile;
  }

  /**
   * One browser from start to end, of a fresh profile and from the server that lets nothing be kept, unless told otherwise.
   * @template T @param {(visit: Visit) => Promise<T>} work
   * @param {{ browser?: 'chromium' | 'firefox', server?: { url: string }, profile?: string }} [where]
   */
  async function inBrowser(work, { browser = 'chromium', server = fresh, profile } = {}) {
    const visit = await visitors[browser](`${server.url}/page/index.html`, profile ?? (await newProfile()));
    versions.add(visit.version);
    try {
      return await work(visit);
    } finally {
      await visit.close();
    }
  }

  /** @template T @param {string} title @param {() => Promise<T>} work @returns {Promise<T & Measured>} */
  async function measured(title, work) {
    const [before] = loadavg();
    console.error(`• ${title} …`);
    const began = performance.now();
    const found = await work();
    console.error(`  ${title}: ${((performance.now() - began) / 1000).toFixed(0)} s, load average ${before.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after`);
    return { ...found, load: [before, loadavg()[0]] };
  }

  /** @param {Row[]} rows */
  function told(rows) {
    for (const { name, times } of rows) {
      const least = Math.min(...times);
      const byLeast = Math.min(...rows[0].times) / least;
      console.error(`  ${name}: ${median(times).toFixed(1)} ms, least ${least.toFixed(1)}; ours ÷ theirs ${ratio(rows[0].times, times).median.toFixed(3)}, of the least ${byLeast.toFixed(3)}`);
    }
    return rows;
  }

  /** @param {{ name: string, found: number[] }[]} rows */
  function agreeing(rows) {
    for (const { name, found } of rows) {
      if (found.toSorted().join() !== right.toSorted().join()) throw new Error(`${name} found the classes ${found} in ${EXACT}, not ${right}`);
    }
  }

  /** @param {string[]} names @param {'chromium' | 'firefox'} browser */
  async function inferring(names, browser) {
    const plan = { names, rounds, warmups: WARMUPS, url: EXACT };
    const rows = await inBrowser(({ call }) => call('inference', plan), { browser });
    agreeing(rows);
    return rows.map(({ name, times }) => ({ name, times }));
  }

  /** @param {'chromium' | 'firefox'} browser */
  const inference = (browser) => measured(`inference, ${browser}`, async () => ({ rows: told(await inferring(NETWORKS[browser], browser)) }));

  /** Whether the company of the other engines changes what is measured: the two that matter, each alone in a browser, by turns. */
  const alone = () =>
    measured('inference, alone in a page', async () => {
      const rows = rowsFor([OURS, 'LiteRT.js int8']);
      for (let round = 0; round < ALONE; round++) {
        for (const { name, times } of round % 2 ? rows.toReversed() : rows) times.push(...(await inferring([name], 'chromium'))[0].times);
      }
      return { rows: told(rows) };
    });

  /** @param {Visit} visit @param {string} name */
  async function firstTags({ call }, name) {
    const { milliseconds, first } = await call('firstTags', { name, url: `/photos/${PHOTO}.jpg` });
    if (first !== right[0]) throw new Error(`${name} found class ${first} in ${PHOTO}.jpg, not ${right[0]}`);
    return milliseconds;
  }

  /** @param {(name: string) => Promise<number>} start */
  async function starting(start) {
    const rows = rowsFor(STARTERS);
    for (let round = 0; round < STARTS; round++) {
      for (const { name, times } of round % 2 ? rows.toReversed() : rows) times.push(await start(name));
    }
    return { rows: told(rows) };
  }

  const cold = () => measured('cold start', () => starting((name) => inBrowser((visit) => firstTags(visit, name))));

  const warm = () =>
    measured('warm start', async () => {
      const kept = /** @type {Record<string, string>} */ ({});
      for (const name of STARTERS) {
        kept[name] = await newProfile();
        const visitAndStay = async (/** @type {Visit} */ visit) => {
          await firstTags(visit, name);
          await sleep(SETTLE);
        };
        await inBrowser(visitAndStay, { server: keeping, profile: kept[name] });
      }
      return starting((name) => inBrowser((visit) => firstTags(visit, name), { server: keeping, profile: kept[name] }));
    });

  const decode = () =>
    measured('decode', async () => {
      const plan = { urls: Object.values(FILES), rounds: DECODINGS };
      const files = await inBrowser(({ call }) => call('decoding', plan));
      return {
        files: Object.keys(FILES).map((title, at) => {
          const { bytes, rows } = files[at];
          console.error(`  ${title}, ${bytes} bytes`);
          for (const { name, first = right[0] } of rows) {
            if (first !== right[0]) throw new Error(`${name} found class ${first} in ${plan.urls[at]}, not ${right[0]}`);
          }
          return { title, bytes, rows: told(rows.map(withResizing)) };
        }),
      };
    });

  const throughput = () =>
    measured(`${PHOTOS} photos of 12 megapixels`, async () => {
      const plan = { urls: samples.map((name) => `/made/big/${name}`), photos: PHOTOS, block: BLOCK };
      const { rows, bytes, longTasks } = await inBrowser(({ call }) => call('throughput', plan));
      for (const { name, found } of rows) {
        for (const [at, sample] of samples.entries()) {
          const best = expected.get(sample)?.[0] ?? found[at][0];
          if (found[at][0] !== best) throw new Error(`${name} found class ${found[at][0]} in the enlarged ${sample}, not ${best}`);
        }
      }
      console.error(`  tasks of over 50 ms in the page's thread, of ours: ${longTasks.join(', ') || 'none'}`);
      return { rows: told(rows.map(({ name, times }) => ({ name, times }))), bytes, longTasks, photos: PHOTOS };
    });

  const memory = () =>
    measured('memory', async () => {
      const after = (/** @type {string} */ name, /** @type {string} */ url) => inBrowser(({ call }) => call('memoryOf', { name, url }));
      const rows = [];
      for (const name of DOWNLOADERS) {
        rows.push({ name, bytes: await after(name, `/photos/${PHOTO}.jpg`) });
        console.error(`  ${name}: ${rows.at(-1)?.bytes} bytes`);
      }
      const large = await after(OURS, FILES['JPEG, 4000 × 3000']);
      console.error(`  ${OURS} after a JPEG of 12 megapixels: ${large} bytes`);
      return { rows, large };
    });

  const many = () =>
    measured(`${MANY[1]} photos`, async () => {
      const plan = { urls: samples.map((name) => `/made/small/${name}`), counts: MANY };
      const { bytes, milliseconds } = await inBrowser(({ call }) => call('memoryAfter', plan));
      console.error(`  bytes after ${MANY.join(' and ')} photos: ${bytes.join(' and ')}; ${(milliseconds / MANY[1]).toFixed(1)} ms a photo`);
      return { bytes, counts: MANY, milliseconds };
    });

  const transfer = () =>
    measured('download', async () => {
      const rows = [];
      for (const name of DOWNLOADERS) {
        fresh.served.clear();
        await inBrowser((visit) => firstTags(visit, name));
        rows.push({ name, ...(await transferOf(fresh.served)) });
        console.error(`  ${name}: engine ${rows.at(-1)?.engine}, model ${rows.at(-1)?.model} bytes`);
      }
      return { rows };
    });

  return {
    cases: /** @type {Record<string, () => Promise<any>>} */ ({
      'inference-chromium': () => inference('chromium'),
      'inference-firefox': () => inference('firefox'),
      alone,
      cold,
      warm,
      decode,
      throughput,
      memory,
      many,
      transfer,
    }),
    versions,
    async close() {
      fresh.close();
      keeping.close();
      for (const profile of profiles) await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
