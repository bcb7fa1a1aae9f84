import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker } from '../../js/circuit_breaker.js';
import { WorkerPool } from '../../js/worker_pool.js';
import { WorkerTagger } from '../../js/worker_tagger.js';
import { about, FakeWorkers, settle, tagged } from './fake_worker.mjs';

globalThis.ImageBitmap ??= class {};

async function tagger() {
  const workers = new FakeWorkers();
  const pool = new WorkerPool({
    spawn: workers.spawn,
    binary: Promise.resolve({ variant: 'simd', module: null }),
    assets: Promise.resolve({ variant: 'simd', module: null, manifest: new ArrayBuffer(2), model: new ArrayBuffer(8), decoder: 'rust' }),
    options: {},
    workers: 1,
    idleSeconds: 0,
    breaker: new CircuitBreaker(0, 60),
  });
  await pool.started;
  const languages = { locales: ['de', 'en'], load: async (locale) => ({ locale, names: new ArrayBuffer(4) }), loadAll: (all) => Promise.all(all.map(languages.load)) };
  return { tagger: new WorkerTagger(pool, 1, languages), workers };
}

test('progress names the photo and each stage in order', async () => {
  const { tagger: one, workers } = await tagger();
  const seen = [];
  const url = new URL('https://a.example/a.png');
  const result = one.tag(url, { onProgress: (progress) => seen.push(progress) });
  await settle();
  const [worker] = workers.alive;
  worker.progress('download', 5, 10);
  worker.progress('decode');
  worker.done('tag', tagged());
  assert.equal((await result).outcome, 'tagged');
  assert.equal(one.model, 'net@1');
  assert.deepEqual(seen, [
    { stage: 'queued', loaded: 0, total: 0, source: url },
    { stage: 'download', loaded: 5, total: 10, source: url },
    { stage: 'decode', loaded: 0, total: 0, source: url },
  ]);
});

test('priority is a number, or asked of the page with the photo', async () => {
  const { tagger: one, workers } = await tagger();
  // Fakes are given copies, so they are told apart by size.
  const [busy, a, b, c] = [1, 2, 3, 4].map((size) => new Blob(['x'.repeat(size)]));
  void one.tag(busy);
  await settle();
  const asked = new Set();
  const priority = (source) => (asked.add(source), source === c ? 2 : 0);
  void one.tag(a, { priority });
  void one.tag(b, { priority: 1 });
  void one.tagAll([c], { priority }).next();
  await settle();
  const order = [];
  for (let left = 4; left; left--) {
    order.push(workers.tagging[0].size);
    workers.alive[0].done('tag', tagged());
    await settle();
  }
  assert.deepEqual(order, [busy, c, b, a].map(({ size }) => size));
  assert.deepEqual(asked, new Set([a, c]));
});

test('what the page’s callback throws is the page’s affair', async (t) => {
  const { tagger: one, workers } = await tagger();
  const shown = [];
  const show = (error) => shown.push(error.message);
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', show);
  t.after(() => {
    process.removeListener('uncaughtException', show);
    for (const listener of before) process.on('uncaughtException', listener);
  });
  const result = one.tag(new Blob(['x']), {
    onProgress() {
      throw new Error('of the page');
    },
  });
  await settle();
  workers.alive[0].done('tag', tagged());
  assert.equal((await result).outcome, 'tagged');
  assert.deepEqual(shown, ['of the page']);
});

test('rejects for misuse and abort only', async () => {
  const { tagger: one, workers } = await tagger();
  await assert.rejects(one.tag(42), { code: 'invalid-source', name: 'TagdropError' });
  await assert.rejects(one.tag(new Blob([]), { maxTags: 1 }), { code: 'invalid-options' });
  await assert.rejects(one.tag(new Blob([]), { signal: AbortSignal.abort() }), { code: 'aborted', name: 'AbortError' });
  const crashed = one.tag(new Blob([]));
  await settle();
  workers.alive[0].trapped('tag');
  assert.equal((await crashed).outcome, 'worker-crashed');
  assert.equal((await one.tag(new Blob([]))).error.code, 'breaker-open');
  one.dispose();
  await assert.rejects(one.tag(new Blob([])), { code: 'disposed' });
});

test('abort does not wait for an image element that never loads', async () => {
  const { tagger: one } = await tagger();
  const image = Object.assign(Object.create({ [Symbol.toStringTag]: 'HTMLImageElement' }), { decode: () => new Promise(() => {}) });
  const abort = new AbortController();
  const result = one.tag(image, { signal: abort.signal });
  abort.abort();
  await assert.rejects(result, { code: 'aborted' });
});

test('tagAll keeps three photos a worker on their way', async () => {
  const { tagger: one, workers } = await tagger();
  let pulled = 0;
  const endless = (function* () {
    for (;;) {
      pulled++;
      yield new Blob(['x']);
    }
  })();
  const results = one.tagAll(endless);
  const first = results.next();
  await settle();
  assert.equal(pulled, 3);
  workers.alive[0].done('tag', tagged());
  assert.equal((await first).value.index, 0);
  await results.return();
});

test('a language is loaded by the page and handed over with the options', async () => {
  const { tagger: one, workers } = await tagger();
  assert.deepEqual([one.locale, one.locales], ['en', ['de', 'en']]);
  const changed = one.setOptions({ locale: 'de', maxTags: 2 });
  await settle();
  const [worker] = workers.alive;
  const { options, locale, names } = worker.open[0];
  assert.deepEqual([options, locale, names.byteLength], [{ maxTags: 2 }, 'de', 4]);
  worker.done('set-options', about({ maxTags: 2 }, 'de'));
  await changed;
  assert.equal(one.locale, 'de');
  await assert.rejects(one.setOptions({ locale: 3 }), { code: 'invalid-options' });
});

test('a search asks in the tagger’s language, or in those named', async () => {
  const { tagger: one, workers } = await tagger();
  const [own, all] = [one.search('dog'), one.search('Hund', { locales: ['de', 'en'] })];
  await settle();
  const [worker] = workers.alive;
  const open = worker.open.map(({ words, names }) => [words, names.length]);
  assert.deepEqual(open.sort(), [['Hund', 2], ['dog', 0]]);
  worker.done('search', []);
  worker.done('search', []);
  await Promise.all([own, all]);
});
