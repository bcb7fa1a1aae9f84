/**
 * Tagdrop beside other engines: the same network in all, one thread each, in turns. `cargo xtask bench` prepares what this needs and
 * runs it: `node bench.mjs [--only CASE,…] [--rounds N] [--json]`. It writes BENCHMARKS.md, unless only some cases are asked for; with
 * --json the last line is one JSON object.
 */
import { writeFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { visitWithChromium, visitWithFirefox } from './browsers.mjs';
import { report, summary } from './report.mjs';
import { serve } from './server.mjs';
import { median, ratio } from './statistics.mjs';
import { transfer } from './transfer.mjs';

/** @import { Times } from './report.mjs' */

const { values: flags } = parseArgs({
  options: { only: { type: 'string' }, rounds: { type: 'string', default: '31' }, json: { type: 'boolean', default: false } },
});

const ROUNDS = Number(flags.rounds);
const WARMUPS = 14;
const STARTS = 9;
const PHOTOS = 100;
const BLOCK = 10;

/** Milliseconds for a browser to write what it compiled and what it keeps. */
const SETTLE = 4000;

const OURS = 'Tagdrop int8';
const STARTERS = [OURS, 'LiteRT.js int8', 'MediaPipe uint8'];
const NETWORKS = {
  chromium: [...STARTERS, 'LiteRT.js float', 'onnxruntime-web QOperator', 'onnxruntime-web QDQ', 'onnxruntime-web float'],
  // It has no worse clock for it, only less time: the rest is Chromium's case.
  firefox: [OURS, 'LiteRT.js int8', 'onnxruntime-web QOperator'],
};

/** The photo of the start cases, and what every engine must see in it, however its pixels were prepared. */
const PHOTO = 'coffee.jpg';
const GOLDEN = JSON.parse(await readFile(new URL('../fixtures/golden/answers.json', import.meta.url), 'utf8'));
const { top5: EXPECTED } = GOLDEN.photos.find((/** @type {{ file: string }} */ { file }) => file === PHOTO);

const browsers = { chromium: visitWithChromium, firefox: visitWithFirefox };
const fresh = await serve(false);
const keeping = await serve(true);
const versions = new Set();
const profiles = /** @type {string[]} */ ([]);

async function newProfile() {
  const profile = await mkdtemp(join(tmpdir(), 'tagdrop-bench-'));
  profiles.push(profile);
  return profile;
}

/**
 * One browser from start to end.
 * @template T @param {'chromium' | 'firefox'} browser @param {{ url: string }} server @param {string} profile
 * @param {(visit: import('./browsers.mjs').Visit) => Promise<T>} work
 */
async function inBrowser(browser, server, profile, work) {
  const visit = await browsers[browser](`${server.url}/page/index.html`, profile);
  versions.add(visit.version);
  try {
    return await work(visit);
  } finally {
    await visit.close();
  }
}

/**
 * What a case measured, and the load average before and after it.
 * @template {{ engines?: Times[], sides?: Times[] }} T @param {string} title @param {() => Promise<T>} work
 */
async function measured(title, work) {
  const before = loadavg()[0];
  console.error(`• ${title} …`);
  const result = await work();
  const engines = result.engines ?? result.sides ?? [];
  for (const { name, times } of engines) console.error(`  ${name}: ${median(times).toFixed(1)} ms, ours ÷ theirs ${ratio(engines[0].times, times).median.toFixed(2)}`);
  return { ...result, load: [before, loadavg()[0]] };
}

/** @param {'chromium' | 'firefox'} browser */
const inference = (browser) =>
  measured(`inference, ${browser}`, async () => {
    const plan = { names: NETWORKS[browser], rounds: ROUNDS, warmups: WARMUPS };
    const engines = await inBrowser(browser, fresh, await newProfile(), ({ run }) => run((plan) => globalThis.bench.inference(plan), plan));
    for (const { name, found } of engines) {
      if (found.toSorted().join() !== EXPECTED.toSorted().join()) throw new Error(`${name} found the classes ${found} in the picture, not ${EXPECTED}`);
    }
    return { browser, engines };
  });

/** @param {import('./browsers.mjs').Visit} visit @param {string} name */
async function firstTags({ run }, name) {
  const { milliseconds, first } = await run((plan) => globalThis.bench.firstTags(plan), { name, photo: PHOTO });
  if (first !== EXPECTED[0]) throw new Error(`${name} found class ${first} in ${PHOTO}, not ${EXPECTED[0]}`);
  return milliseconds;
}

/** The starters' milliseconds in alternating order. @param {(name: string) => Promise<number>} start */
async function starts(start) {
  const engines = STARTERS.map((name) => ({ name, times: /** @type {number[]} */ ([]) }));
  for (let round = 0; round < STARTS; round++) {
    for (const { name, times } of round % 2 ? engines.toReversed() : engines) times.push(await start(name));
  }
  return { engines };
}

const cold = () => measured('cold start', () => starts(async (name) => inBrowser('chromium', fresh, await newProfile(), (visit) => firstTags(visit, name))));

const warm = () =>
  measured('warm start', async () => {
    const kept = /** @type {Record<string, string>} */ ({});
    for (const name of STARTERS) {
      kept[name] = await newProfile();
      await inBrowser('chromium', keeping, kept[name], async (visit) => {
        await firstTags(visit, name);
        await sleep(SETTLE);
      });
    }
    return starts((name) => inBrowser('chromium', keeping, kept[name], (visit) => firstTags(visit, name)));
  });

const throughput = () =>
  measured('100 photos of 12 megapixels', async () =>
    inBrowser('chromium', fresh, await newProfile(), ({ run }) => run((plan) => globalThis.bench.throughput(plan), { photos: PHOTOS, block: BLOCK })),
  );

/** @type {Record<string, () => Promise<any>>} */
const CASES = {
  'inference-chromium': () => inference('chromium'),
  'inference-firefox': () => inference('firefox'),
  cold,
  warm,
  throughput,
  transfer,
};

const chosen = flags.only?.split(',') ?? Object.keys(CASES);
for (const name of chosen) if (!CASES[name]) throw new Error(`No case is called '${name}': they are ${Object.keys(CASES).join(', ')}`);

try {
  const found = /** @type {Record<string, any>} */ ({});
  for (const name of chosen) found[name] = await CASES[name]();
  if (!flags.only) {
    const { 'inference-chromium': chromium, 'inference-firefox': firefox, ...rest } = found;
    const results = /** @type {any} */ ({ ...rest, inference: [chromium, firefox], versions: [...versions], photos: PHOTOS });
    await writeFile(new URL('../../BENCHMARKS.md', import.meta.url), await report(results));
    console.log('BENCHMARKS.md is written.');
  }
  if (flags.json) console.log(JSON.stringify(summary(found)));
} finally {
  fresh.close();
  keeping.close();
  for (const profile of profiles) await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
