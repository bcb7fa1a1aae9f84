import { against, firstAgainst, timesOf, typical } from './rows.mjs';
import { median } from './statistics.mjs';

/** @typedef {import('./rows.mjs').Row} Row */
/** @typedef {import('./rows.mjs').Case} Case */
/** @typedef {{ name: string, engine: number, model: number }} Download In bytes. */
/**
 * @typedef {object} Results
 * @property {Case} inference-chromium
 * @property {Case} inference-firefox
 * @property {Case} alone
 * @property {Case} cold
 * @property {Case} warm
 * @property {{ files: { title: string, bytes: number, rows: Row[] }[], load: number[] }} decode
 * @property {Case & { bytes: number[], longTasks: number[], photos: number }} throughput
 * @property {{ rows: { name: string, bytes: number }[], large: number }} memory `large`: ours after a JPEG of 12 megapixels.
 * @property {{ rows: Download[] }} transfer
 * @property {{ bytes: number[], counts: number[], milliseconds: number }} many Bytes after so many photos.
 */
/** @typedef {{ machine: ReturnType<typeof import('./machine.mjs').machine>, peers: Record<string, string>, browsers: string[], date: Date }} Setting */

const LITERT = 'LiteRT.js int8';
const TWO = 'Tagdrop int8, two workers';

const [BEGIN, END] = ['<!-- written by `cargo xtask bench` -->', '<!-- end of what it writes -->'];

/** @param {import('./statistics.mjs').Ratio} found */
const spread = ({ median, low, high }) => `**${median.toFixed(2)}** (${low.toFixed(2)}–${high.toFixed(2)})`;

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(2);

/** @param {{ load: number[] }} measured */
const underLoad = ({ load: [before, after] }) => `Load average ${before.toFixed(1)} before, ${after.toFixed(1)} after`;

/** @param {Row[]} rows */
function table(rows) {
  const lines = rows.map(({ name, times }, at) => `| ${name} | ${median(times).toFixed(1)} | ${Math.min(...times).toFixed(1)} | ${at ? spread(firstAgainst(rows, name)) : '1'} |`);
  return ['| | median, ms | least, ms | ours ÷ theirs |', '| --- | ---: | ---: | ---: |', ...lines].join('\n');
}

/** Beside the last row, which is the browser's own way. @param {Row[]} rows */
function decodings(rows) {
  const { name: browser } = rows[rows.length - 1];
  const lines = rows.map(({ name, times }) => `| ${name} | ${median(times).toFixed(1)} | ${Math.min(...times).toFixed(1)} | ${name === browser ? '1' : spread(against(rows, name, browser))} |`);
  return ['| | median, ms | least, ms | ÷ the browser |', '| --- | ---: | ---: | ---: |', ...lines].join('\n');
}

/** @param {Case} measured */
const ofRounds = (measured) => `${table(measured.rows)}\n\n${underLoad(measured)}; ${measured.rows[0].times.length} rounds.`;

/** Photos a second over all blocks. @param {number[]} times @param {number} photos */
const rate = (times, photos) => (photos / times.reduce((a, b) => a + b, 0)) * 1000;

/** Every figure in which a peer is ahead of us, as a list. @param {Results} results */
export function losses({ 'inference-chromium': chromium, 'inference-firefox': firefox, cold, warm, decode, throughput, memory, transfer }) {
  const timed = [
    { title: 'Inference in Chromium', rows: chromium.rows },
    { title: 'Inference in Firefox', rows: firefox.rows },
    { title: 'Cold start', rows: cold.rows },
    { title: 'Warm start', rows: warm.rows },
    { title: 'Photos of 12 megapixels', rows: throughput.rows },
    ...decode.files.map(({ title, rows }) => ({ title: `Decoding ${title}`, rows })),
  ];
  const slower = timed.flatMap(({ title, rows }) =>
    rows
      .filter(({ name }) => !name.startsWith('Tagdrop'))
      .map(({ name }) => ({ name, share: 1 / firstAgainst(rows, name).median }))
      .filter(({ share }) => share < 1)
      .map(({ name, share }) => `- ${title}: ${name} takes ${share.toFixed(2)} of our time.`),
  );
  const [us, ...them] = transfer.rows;
  const larger = /** @type {('engine' | 'model')[]} */ (['engine', 'model']).flatMap((part) =>
    them.filter((row) => row[part] < us[part]).map((row) => `- Download of the ${part}: ${row.name} ${megabytes(row[part])} MB, ours ${megabytes(us[part])} MB.`),
  );
  const heavier = memory.rows
    .filter(({ bytes }) => bytes < memory.rows[0].bytes)
    .map(({ name, bytes }) => `- Wasm memory: ${name} ${megabytes(bytes)} MB, ours ${megabytes(memory.rows[0].bytes)} MB.`);
  return [...slower, ...larger, ...heavier, '- Not measured, because we do not have it: GPU, threads within one inference, tasks other than tagging, thousands of ready models.'].join('\n');
}

/** @param {Results} results @param {Setting} setting */
export function report(results, { machine, peers, browsers, date }) {
  const { throughput, transfer, memory, many, decode } = results;
  const dots = machine.dotProducts.length ? machine.dotProducts.join(', ') : 'none';
  const photos = throughput.rows.map(({ name, times }) => {
    // Of throughputs, so the other way round than of times.
    const beside = name === LITERT ? '1' : spread(against(throughput.rows, LITERT, name));
    return `| ${name} | ${rate(times, throughput.photos).toFixed(1)} | ${beside} |`;
  });
  return `# Benchmarks

Written by \`cargo xtask bench\` on ${date.toISOString().slice(0, 10)}. Run it yourself: figures of another machine differ, ratios less so.

- Machine: ${machine.cpu}, ${machine.cores} logical CPUs, ${machine.gibibytes} GiB; 8-bit dot products in the CPU: ${dots}${machine.niceness ? `; run at niceness ${machine.niceness}` : ''}.
- Browsers: ${browsers.join('; ')}; headless, no GPU, pages not cross-origin isolated, and so one thread each.
- Peers, from npm: ${Object.entries(peers).map(([name, version]) => `${name} ${version}`).join(', ')}.
- All run the same weights of EfficientNet-Lite0; the TensorFlow Lite and QOperator files hold the very integers of ours
  (\`models/build/tflite.py\`). Engines take turns, in alternating order; \`ours ÷ theirs\` is the median of the ratios within each
  round, and in brackets the middle half of them. Below 1, we are faster.
- The run stops when an engine finds other classes in the picture than the rest.

## Inference

From the RGBA bytes of a picture of 224 × 224 pixels to scores, in the page's own thread, all engines in one page. At each turn an engine
runs twice, and the second time counts, so that the caches are its own. LiteRT.js takes its binary with relaxed SIMD by itself; plain SIMD
is what we use. MediaPipe's time has what its task does around the network in it.

### Chromium

${ofRounds(results['inference-chromium'])}

### Firefox

${ofRounds(results['inference-firefox'])}

### Alone in a page

Whether the company of the others matters: the same in Chromium with one engine a browser, by turns.

${ofRounds(results.alone)}

## Cold start

From the import of the library to the first tags of a photo of 600 × 400 pixels, in Chromium with a fresh profile, from a local server that
forbids keeping. Ours is the public API with its worker, decodes the photo in Rust, checks and stores what it loads, and gives names; the
others run in the page and stop at class indices. LiteRT.js and MediaPipe get pixels from the browser, decoded while they load.

${ofRounds(results.cold)}

## Warm start

The same in a browser started anew with the profile of an earlier visit, from a server that lets everything be kept.

${ofRounds(results.warm)}

## ${throughput.photos} photos of 12 megapixels

JPEG, ${megabytes(Math.min(...throughput.bytes))}–${megabytes(Math.max(...throughput.bytes))} MB, from \`File\` to tags in Chromium, one worker each unless it says two; LiteRT.js int8 with \`createImageBitmap\` and a
canvas, transformers.js with its pipeline. They take turns by blocks. Here above 1 is better.

| | photos a second | ÷ LiteRT.js int8 |
| --- | ---: | ---: |
${photos.join('\n')}

${underLoad(throughput)}; ${throughput.rows[0].times.length} blocks. Two workers do ${spread(against(throughput.rows, throughput.rows[0].name, TWO))} times the work of one. Tasks of over
50 ms in the page's thread while ours started or worked: ${throughput.longTasks.length ? throughput.longTasks.map((ms) => `${ms} ms`).join(', ') : 'none'}.

## Decoding

From a file to the network's pixels in Chromium, in the page's own thread. Of ours this is decoding and resizing in Rust, or with
\`decoder: 'fast'\` decoding by the browser where it is faster; the browser's own way is \`createImageBitmap\` and a canvas, which
resizes less well.

${decode.files.map(({ title, bytes, rows }) => `### ${title}, ${megabytes(bytes)} MB\n\n${decodings(rows)}`).join('\n\n')}

${underLoad(decode)}; ${decode.files[0].rows[0].times.length} rounds.

## Memory

Of wasm, with the model, after the first photo, in megabytes (10⁶ bytes); it never shrinks. Ours decodes in it; of the others the browser
decodes elsewhere.

| | after a photo of 600 × 400 |
| --- | ---: |
${memory.rows.map(({ name, bytes }) => `| ${name} | ${megabytes(bytes)} |`).join('\n')}

Ours after one JPEG of 12 megapixels in a fresh worker: ${megabytes(memory.large)} MB.
In the larger of two workers after ${many.counts.join(' and ')} photos of 500 × 375 pixels: ${many.bytes.map(megabytes).join(' and ')} MB, at ${((many.counts.at(-1) ?? 0) / many.milliseconds * 1000).toFixed(0)} photos a second.

## Download

What a page fetches for its first tags, in megabytes (10⁶ bytes) through brotli at level 9.

| | engine | model |
| --- | ---: | ---: |
${transfer.rows.map(({ name, engine, model }) => `| ${name} | ${megabytes(engine)} | ${megabytes(model)} |`).join('\n')}

## What we lose at

${losses(results)}
`;
}

/** Of the engines that do all of it: what the README shows. @param {Results} results */
function speeds({ 'inference-chromium': chromium, cold, warm, throughput, transfer }) {
  const names = cold.rows.map(({ name }) => name);
  const lines = names.map((name) => {
    const { engine, model } = transfer.rows.find((row) => row.name === name) ?? { engine: NaN, model: NaN };
    const photos = throughput.rows.some((row) => row.name === name) ? rate(timesOf(throughput.rows, name), throughput.photos).toFixed(1) : '–';
    const times = [cold, warm, chromium].map(({ rows }) => typical(rows, name));
    return `| ${name} | ${megabytes(engine + model)} | ${times[0].toFixed(0)} | ${times[1].toFixed(0)} | ${times[2].toFixed(1)} | ${photos} |`;
  });
  return [
    '| | download, MB | first tags, ms | next visit, ms | network, ms | 12-megapixel photos a second |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n');
}

/** The README with its table of speeds written anew. @param {string} readme @param {Results} results */
export function withSpeeds(readme, results) {
  const [before, after] = [readme.split(BEGIN)[0], readme.split(END)[1]];
  if (after === undefined || before === readme) throw new Error(`README.md lacks the lines ${BEGIN} and ${END}, between which its table of speeds belongs`);
  return `${before}${BEGIN}\n${speeds(results)}\n${END}${after}`;
}
