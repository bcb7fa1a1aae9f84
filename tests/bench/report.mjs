import { readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { median, ratio } from './statistics.mjs';

/** @typedef {{ name: string, times: number[] }} Times */
/** @typedef {{ engines: Times[], load: number[] }} Case */
/** @typedef {{ sides: Times[], bytes: number[], memory: number, longTasks: number[], load: number[] }} Throughput */
/** @typedef {{ inference: (Case & { browser: string })[], cold: Case, warm: Case, throughput: Throughput, transfer: { name: string, engine: number, model: number }[], versions: string[], rounds: number, photos: number }} Results */

const OURS = 'Tagdrop int8';
const TITLES = /** @type {Record<string, string>} */ ({ chromium: 'Chromium', firefox: 'Firefox' });

/** @param {Times[]} engines @param {string} name */
function timesOf(engines, name) {
  const found = engines.find((engine) => engine.name === name);
  if (!found) throw new Error(`${name} was not measured`);
  return found.times;
}

/** Ours to theirs: below 1, we are faster. @param {Times[]} engines @param {string} name */
const against = (engines, name) => ratio(timesOf(engines, OURS), timesOf(engines, name));

/** @param {number} value */
const rounded = (value) => Number(value.toFixed(3));

/** The pairwise medians of the cases that were measured. @param {Record<string, any>} cases by name */
export function summary({ 'inference-chromium': chromium, 'inference-firefox': firefox, cold, warm, throughput }) {
  /** @param {any} measured @param {string} name */
  const beside = (measured, name) => (measured ? rounded(against(measured.engines, name).median) : null);
  return {
    inference_vs_litert_int8: beside(chromium, 'LiteRT.js int8'),
    // Of its two int8 forms the faster.
    inference_vs_ort_int8: chromium ? Math.max(...['QOperator', 'QDQ'].map((form) => beside(chromium, `onnxruntime-web ${form}`) ?? 0)) : null,
    inference_vs_mediapipe: beside(chromium, 'MediaPipe uint8'),
    firefox_inference_vs_litert_int8: beside(firefox, 'LiteRT.js int8'),
    cold_vs_litert_int8: beside(cold, 'LiteRT.js int8'),
    cold_vs_mediapipe: beside(cold, 'MediaPipe uint8'),
    warm_vs_litert_int8: beside(warm, 'LiteRT.js int8'),
    warm_vs_mediapipe: beside(warm, 'MediaPipe uint8'),
    // Photos a second, ours to theirs.
    throughput_vs_litert_int8: throughput ? rounded(ratio(timesOf(throughput.sides, 'LiteRT.js int8'), timesOf(throughput.sides, OURS)).median) : null,
    // The package has no such decoder.
    throughput_fast_vs_litert_int8: null,
    wasm_memory_bytes_12_megapixels: throughput?.memory ?? null,
  };
}

/** @param {import('./statistics.mjs').Ratio} found */
const spread = ({ median, low, high }) => `**${median.toFixed(2)}** (${low.toFixed(2)}–${high.toFixed(2)})`;

/** @param {number[]} load */
const loads = (load) => load.map((value) => value.toFixed(1)).join(' before, ');

/** @param {Case} measured */
function table({ engines, load }) {
  const rows = engines.map(({ name, times }) => {
    const beside = name === OURS ? '1' : spread(against(engines, name));
    return `| ${name} | ${median(times).toFixed(1)} | ${Math.min(...times).toFixed(1)} | ${beside} |`;
  });
  return ['| | median, ms | least, ms | ours ÷ theirs |', '| --- | ---: | ---: | ---: |', ...rows, '', `Load average ${loads(load)} after; ${engines[0].times.length} rounds.`].join('\n');
}

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(2);

/** Every figure in which a peer is ahead of us, as a list. @param {Results} results */
function losses({ inference, cold, warm, throughput, transfer }) {
  const cases = [
    ...inference.map(({ browser, engines }) => ({ title: `inference in ${TITLES[browser]}`, engines })),
    { title: 'cold start', engines: cold.engines },
    { title: 'warm start', engines: warm.engines },
    { title: '12-megapixel photos', engines: throughput.sides },
  ];
  const slower = cases.flatMap(({ title, engines }) =>
    engines
      .filter(({ name }) => name !== OURS && against(engines, name).median > 1)
      .map(({ name }) => `- ${title}: ${name} takes ${(1 / against(engines, name).median).toFixed(2)} of our time`),
  );
  const [us, ...them] = transfer;
  const larger = ['engine', 'model'].flatMap((part) =>
    them
      .filter((row) => row[/** @type {'engine' | 'model'} */ (part)] < us[/** @type {'engine' | 'model'} */ (part)])
      .map((row) => `- ${part}: ${row.name}'s is ${megabytes(row[/** @type {'engine' | 'model'} */ (part)])} MB, ours ${megabytes(us[/** @type {'engine' | 'model'} */ (part)])} MB`),
  );
  return [...slower, ...larger, '- Classes a page can choose from, tasks other than tagging, GPU and threads within one inference: they have them, we do not.'].join('\n');
}

/** @param {Results} results */
export async function report(results) {
  const { devDependencies } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'));
  const { throughput, transfer, versions, photos } = results;
  const [ours, theirs] = throughput.sides;
  /** @param {number[]} times */
  const perSecond = (times) => ((photos / times.reduce((a, b) => a + b, 0)) * 1000).toFixed(1);
  const [{ model }] = cpus();
  const today = new Date().toISOString().slice(0, 10);
  return `# Benchmarks

Written by \`cargo xtask bench\` on ${today}. Run it yourself: figures of another machine differ, ratios less so.

- Machine: ${model}, ${cpus().length} logical CPUs, ${Math.round(totalmem() / 2 ** 30)} GiB; ${versions.join('; ')}, both headless, no GPU.
- Peers, from npm: ${Object.entries(devDependencies).map(([name, version]) => `${name} ${version}`).join(', ')}.
- All run the same weights of EfficientNet-Lite0; the TensorFlow Lite and QOperator files hold the very integers of ours
  (\`models/build/tflite.py\`). One thread each. Engines take turns, in alternating order; \`ours ÷ theirs\` is the median of the
  ratios within each round, and in brackets the middle half of them. Below 1, we are faster.
- The run stops when an engine finds other classes in the picture than the rest.

## Inference

From the RGBA bytes of a picture of 224 × 224 pixels to scores, in the page's own thread. Ours includes its resizing, which has nothing
to do here; MediaPipe's what its task does around the network.

${results.inference.map((measured) => `### ${TITLES[measured.browser]}\n\n${table(measured)}`).join('\n\n')}

## Cold start

From the import of the library to the first tags of a photo of 600 × 400 pixels, in Chromium with a fresh profile, from a local server that
forbids keeping. Ours is the public API with its worker, decodes the photo in Rust, checks and stores what it loads, and gives names; the
others run in the page, get pixels from the browser, and stop at class indices.

${table(results.cold)}

## Warm start

The same in a browser started anew with the profile of an earlier visit, from a server that lets everything be kept.

${table(results.warm)}

## ${photos} photos of 12 megapixels

JPEG, ${megabytes(Math.min(...throughput.bytes))}–${megabytes(Math.max(...throughput.bytes))} MB, from \`File\` to tags in Chromium, one worker each; LiteRT.js int8 with \`createImageBitmap\` and a canvas. They take turns by
ten photos.

| | photos a second | ours ÷ theirs |
| --- | ---: | ---: |
| ${ours.name} | ${perSecond(ours.times)} | 1 |
| ${theirs.name} | ${perSecond(theirs.times)} | ${spread(ratio(theirs.times, ours.times))} |

Here above 1 is better. Load average ${loads(throughput.load)} after. Our wasm memory after it: ${megabytes(throughput.memory)} MB. Main-thread tasks over 50 ms while
ours worked: ${throughput.longTasks.length}.

## Download

Megabytes (10⁶ bytes) through brotli at level 9.

| | engine | model |
| --- | ---: | ---: |
${transfer.map(({ name, engine, model }) => `| ${name} | ${megabytes(engine)} | ${megabytes(model)} |`).join('\n')}

## What we lose at

${losses(results)}
`;
}
