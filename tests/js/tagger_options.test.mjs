import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStartOptions, readTagOptions } from '../../js/tagger_options.js';

/** Runs `body` as on a machine with so many cores. */
function withCores(hardwareConcurrency, body) {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { hardwareConcurrency }, configurable: true });
  try {
    return body();
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before);
    else delete globalThis.navigator;
  }
}

test('defaults', () => {
  const { settings, select } = withCores(4, () => readStartOptions({ idleSeconds: undefined }));
  assert.deepEqual(settings, { workers: 3, maxRelaunches: 5, relaunchSeconds: 60, idleSeconds: 60, worker: true, cache: true, decoder: 'rust' });
  assert.deepEqual(select, {});
});

test('a core is left to the page, four workers are the most and one the least', () => {
  for (const [cores, workers] of [[undefined, 1], [1, 1], [2, 1], [5, 4], [64, 4]]) {
    assert.equal(withCores(cores, () => readStartOptions({})).settings.workers, workers, `${cores} cores`);
  }
});

test('what is not an option of starting is left to the wasm module, known or not', () => {
  const select = { maxTags: 3, minConfidence: undefined, typo: 1 };
  assert.deepEqual(withCores(2, () => readStartOptions({ workers: 2, ...select })).select, select);
});

test('wrong types and ranges have a code and a name', () => {
  const wrong = {
    workers: [0, 1.5, -1, '2', NaN, null],
    maxRelaunches: [-1, 0.5, Infinity],
    relaunchSeconds: [-1, NaN, Infinity, '60'],
    idleSeconds: [-1, NaN, Infinity],
    workerUrl: [1, {}],
    wasmUrl: [true],
    modelUrl: [null],
    worker: [0, 'no'],
    cache: [1],
    decoder: ['canvas', true, null],
    onProgress: ['f', {}],
    signal: [{}, new AbortController()],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.throws(
        () => withCores(2, () => readStartOptions({ [name]: value })),
        (error) => error.code === 'invalid-options' && error.message.includes(`'${name}'`),
        `${name}: ${String(value)}`,
      );
    }
  }
  for (const options of ['x', 1, () => {}]) assert.throws(() => readStartOptions(options), { code: 'invalid-options' });
});

test('tag() and tagAll() take their own options and no others', () => {
  const { signal } = new AbortController();
  assert.deepEqual(readTagOptions({ signal, onProgress: undefined }), { signal });
  assert.deepEqual(readTagOptions({ maxPending: 3 }, true), { maxPending: 3 });
  for (const priority of [1, -0.5, () => 1]) assert.deepEqual(readTagOptions({ priority }), { priority });
  for (const priority of ['high', NaN, Infinity, null]) assert.throws(() => readTagOptions({ priority }), { code: 'invalid-options' });
  assert.throws(() => readTagOptions({ maxPending: 3 }), { code: 'invalid-options' });
  assert.throws(() => readTagOptions({ maxPending: 0 }, true), { code: 'invalid-options' });
  assert.throws(() => readTagOptions({ maxTags: 1 }, true), { code: 'invalid-options' });
});
