import assert from 'node:assert/strict';
import { test } from 'node:test';
import { losses, report, withSpeeds } from '../bench/report.mjs';
import { withResizing } from '../bench/rows.mjs';
import { summary } from '../bench/summary.mjs';

const FAST = "Tagdrop int8, decoder: 'fast'";

/** Two rounds each, the second twice as long for all. @param {Record<string, number>} times */
const rowsOf = (times) => Object.entries(times).map(([name, ms]) => ({ name, times: [ms, 2 * ms] }));

/** @param {Record<string, number>} times */
const caseOf = (times) => ({ rows: rowsOf(times), load: [0.1, 0.9] });

const STARTS = { 'Tagdrop int8': 200, 'LiteRT.js int8': 500, 'MediaPipe uint8': 400, 'transformers.js q8': 1000 };

function results() {
  return {
    'inference-chromium': caseOf({
      'Tagdrop int8': 12,
      'LiteRT.js int8': 20,
      'LiteRT.js int8, plain SIMD': 24,
      'MediaPipe uint8': 24,
      'transformers.js q8': 96,
      'onnxruntime-web QOperator': 60,
      'onnxruntime-web QDQ': 48,
      'TensorFlow.js float': 8,
    }),
    'inference-firefox': caseOf({ 'Tagdrop int8': 15, 'LiteRT.js int8': 20, 'onnxruntime-web QOperator': 150 }),
    alone: caseOf({ 'Tagdrop int8': 12, 'LiteRT.js int8': 16 }),
    cold: caseOf(STARTS),
    warm: caseOf({ ...STARTS, 'LiteRT.js int8': 1000 }),
    decode: {
      files: [{ title: 'WebP', bytes: 1e6, rows: rowsOf({ Tagdrop: 80, [FAST]: 30, 'createImageBitmap and a canvas': 40 }) }],
      load: [0, 0],
    },
    throughput: {
      ...caseOf({ 'Tagdrop int8': 100, [FAST]: 50, 'Tagdrop int8, two workers': 55, 'LiteRT.js int8': 150, 'transformers.js q8': 400 }),
      bytes: [3e6, 4e6],
      longTasks: [61],
      photos: 30,
    },
    memory: {
      rows: [
        { name: 'Tagdrop int8', bytes: 15e6 },
        { name: 'LiteRT.js int8', bytes: 20e6 },
        { name: 'MediaPipe uint8', bytes: 12e6 },
      ],
      large: 25e6,
    },
    many: { bytes: [20e6, 21e6], counts: [100, 10_000], milliseconds: 250e3 },
    transfer: {
      rows: [
        { name: 'Tagdrop int8', engine: 700e3, model: 4.3e6 },
        { name: 'LiteRT.js int8', engine: 2.3e6, model: 4.4e6 },
        { name: 'MediaPipe uint8', engine: 2.7e6, model: 4.4e6 },
        { name: 'transformers.js q8', engine: 4.8e6, model: 4.3e6 },
        { name: 'TensorFlow.js float', engine: 200e3, model: 17e6 },
      ],
    },
  };
}

const SETTING = {
  machine: { cpu: 'A CPU', cores: 2, gibibytes: 8, dotProducts: [], niceness: 0 },
  peers: { litert: '1.2.3' },
  browsers: ['Chromium 1', 'Firefox 2'],
  date: new Date('2026-01-02T03:04:05Z'),
};

test('the summary divides our times by theirs, and of throughputs ours by theirs', () => {
  const found = summary(results());
  assert.equal(found.inference_vs_litert_int8, 0.6);
  assert.equal(found.inference_vs_litert_int8_plain_simd, 0.5);
  assert.equal(found.inference_vs_ort_int8, 0.25, 'the faster of its two forms');
  assert.equal(found.inference_alone_vs_litert_int8, 0.75);
  assert.equal(found.firefox_inference_vs_litert_int8, 0.75);
  assert.equal(found.cold_vs_litert_int8, 0.4);
  assert.equal(found.cold_vs_mediapipe, 0.5);
  assert.equal(found.warm_vs_litert_int8, 0.2);
  assert.equal(found.throughput_vs_litert_int8, 1.5);
  assert.equal(found.throughput_fast_vs_litert_int8, 3);
  assert.equal(found.throughput_vs_transformers_q8, 4);
  assert.equal(found.scaling_two_workers, 1.818);
  assert.equal(found.main_thread_tasks_over_50_ms, 1);
  assert.deepEqual(found.decode_vs_browser, { WebP: [2, 0.75] });
  assert.equal(found.wasm_bytes_vs_litert_int8, 0.75);
  assert.equal(found.wasm_bytes_12_megapixels, 25e6);
  assert.deepEqual([found.wasm_bytes_after_100_photos, found.wasm_bytes_after_10000_photos], [20e6, 21e6]);
  assert.equal(found.cold_ms, 300);
});

test('what was not measured is null, and everything is named all the same', () => {
  const found = summary({ cold: results().cold });
  assert.equal(found.cold_vs_litert_int8, 0.4);
  for (const [name, value] of Object.entries(found)) assert.ok(name.startsWith('cold') || value === null, `${name}: ${value}`);
  assert.deepEqual(Object.keys(found), Object.keys(summary(results())));
});

test('an engine that was to be measured and was not is an error', () => {
  const found = results();
  found['inference-chromium'].rows = found['inference-chromium'].rows.filter(({ name }) => name !== 'LiteRT.js int8');
  assert.throws(() => summary(found), /LiteRT.js int8 was not measured/);
});

test('everything in which a peer is ahead is said, and nothing else', () => {
  const said = losses(results()).split('\n');
  assert.deepEqual(said.slice(0, -1), [
    '- Inference in Chromium: TensorFlow.js float takes 0.67 of our time.',
    '- Decoding WebP: createImageBitmap and a canvas takes 0.50 of our time.',
    '- Download of the engine: TensorFlow.js float 0.20 MB, ours 0.70 MB.',
    '- Wasm memory: MediaPipe uint8 12.00 MB, ours 15.00 MB.',
  ]);
  assert.match(said.at(-1), /^- Not measured/);
});

test('the report states setting, figures and losses', () => {
  const text = report(results(), SETTING);
  assert.match(text, /on 2026-01-02/);
  assert.match(text, /A CPU, 2 logical CPUs, 8 GiB; 8-bit dot products in the CPU: none\./);
  assert.match(text, /Chromium 1; Firefox 2/);
  assert.match(text, /litert 1\.2\.3/);
  assert.ok(text.includes('| LiteRT.js int8 | 30.0 | 20.0 | **0.60** (0.60–0.60) |'));
  // 30 photos in 100 + 200 ms.
  assert.ok(text.includes(`| ${FAST} | 45.0 | 30.0 | **0.75** (0.75–0.75) |`));
  assert.ok(text.includes('| createImageBitmap and a canvas | 60.0 | 40.0 | 1 |'));
  assert.ok(text.includes('| Tagdrop int8 | 100.0 | **1.50** (1.50–1.50) |'));
  assert.ok(text.includes(`| ${FAST} | 200.0 | **3.00** (3.00–3.00) |`));
  assert.ok(text.includes('| LiteRT.js int8 | 66.7 | 1 |'));
  assert.ok(text.includes('Two workers do **1.82** (1.82–1.82) times the work of one.'));
  assert.ok(text.includes('started or worked: 61 ms.'));
  assert.ok(text.includes('after 100 and 10000 photos of 500 × 375 pixels: 20.00 and 21.00 MB, at 40 photos a second.'));
  assert.ok(!/undefined|NaN|null|\[object/.test(text), text);
});

test("the README's table is written between its marks, and the rest stays", () => {
  const marks = ['<!-- written by `cargo xtask bench` -->', '<!-- end of what it writes -->'];
  const readme = `before\n\n${marks[0]}\nold\n${marks[1]}\n\nafter\n`;
  const written = withSpeeds(readme, results());
  assert.ok(written.startsWith(`before\n\n${marks[0]}\n| `));
  assert.ok(written.endsWith(`\n${marks[1]}\n\nafter\n`));
  assert.ok(!written.includes('old'));
  assert.ok(written.includes('| Tagdrop int8 | 5.00 | 300 | 300 | 18.0 | 100.0 |'));
  assert.ok(written.includes('| MediaPipe uint8 | 7.10 | 600 | 600 | 36.0 | – |'));
  assert.equal(withSpeeds(written, results()), written, 'written again, the same');
  assert.throws(() => withSpeeds('no marks', results()), /lacks the lines/);
});

test('resizing is what the network takes longer of a photo than of pixels that fit, and never less than nothing', () => {
  const row = { name: 'ours', decode: [3, 5, 4], network: [18, 90, 17], plain: [15, 16, 15] };
  assert.deepEqual(withResizing(row), { name: 'ours', times: [6, 8, 7] });
  assert.deepEqual(withResizing({ ...row, network: [14, 14, 14] }).times, [3, 5, 4]);
});
