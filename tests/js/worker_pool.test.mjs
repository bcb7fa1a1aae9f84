import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { CircuitBreaker } from '../../js/circuit_breaker.js';
import { TagdropError } from '../../js/tagdrop_error.js';
import { WorkerPool } from '../../js/worker_pool.js';
import { about, FakeWorkers, settle, tagged } from './fake_worker.mjs';

globalThis.ImageBitmap ??= class {};

const ASSETS = { variant: 'simd', module: null, manifest: new ArrayBuffer(2), model: new ArrayBuffer(8), decoder: 'rust' };

const BINARY = Promise.resolve({ variant: 'simd', module: null });

/** A pool of fakes whose first workers have started. */
async function pool(config = {}) {
  const workers = new FakeWorkers();
  const pool = new WorkerPool({
    spawn: workers.spawn,
    binary: BINARY,
    assets: Promise.resolve(ASSETS),
    options: { maxTags: 3 },
    workers: 1,
    idleSeconds: 0,
    breaker: new CircuitBreaker(5, 60),
    ...config,
  });
  await pool.started;
  await settle();
  return { pool, workers };
}

/** As the taggers ask. */
const set = (pool, select, names = {}) => pool.setOptions(Promise.resolve({ select, names }));

/** Asks for a photo; what comes of it is in `outcome`, an error as its code. */
function photo(pool, source, asking) {
  const asked = { outcome: undefined };
  pool.ask({ type: 'tag', source }, asking).then(
    (result) => (asked.outcome = result.outcome),
    (error) => (asked.outcome = error.code),
  );
  return asked;
}

test('constructs every worker at once and starts them when the assets are there', async () => {
  const workers = new FakeWorkers();
  let arrive;
  const assets = new Promise((resolve) => (arrive = resolve));
  const pool = new WorkerPool({ spawn: workers.spawn, binary: BINARY, assets, options: { maxTags: 3 }, workers: 3, idleSeconds: 0, breaker: new CircuitBreaker(5, 60) });
  assert.equal(workers.all.length, 3);
  assert.deepEqual(workers.all.flatMap(({ posted }) => posted), []);
  await settle();
  assert.deepEqual(workers.all.map(({ prepared }) => prepared), ['simd', 'simd', 'simd'], 'the module while the model comes in');
  arrive(ASSETS);
  await pool.started;
  assert.equal(pool.model, 'net@1');
  await settle();
  for (const { posted } of workers.all) {
    assert.deepEqual(posted, [{ type: 'start', ...ASSETS, options: { maxTags: 3 }, id: posted[0].id }]);
  }
});

test('is started by the first worker that is, whatever becomes of the others', async () => {
  const workers = new FakeWorkers();
  workers.starts = false;
  const pool = new WorkerPool({ spawn: workers.spawn, binary: BINARY, assets: Promise.resolve(ASSETS), options: {}, workers: 2, idleSeconds: 0, breaker: new CircuitBreaker(0, 60) });
  await settle();
  workers.all[0].failed('start', 'internal');
  workers.all[1].done('start', about({ maxTags: 3 }));
  await pool.started;

  // One that cannot start where others work is done without, and opens no breaker.
  const [first, second] = [photo(pool, 'first'), photo(pool, 'second')];
  assert.equal(workers.all.length, 2);
  workers.alive[0].done('tag', tagged());
  await settle();
  workers.alive[0].done('tag', tagged());
  await settle();
  assert.deepEqual([first.outcome, second.outcome], ['tagged', 'tagged']);
});

test('refuses to start, once, when no worker can', async () => {
  const failures = {
    'model-unavailable: the script is missing': (worker) => worker.dies(undefined),
    'model-mismatch: the model is refused': (worker) => worker.failed('start', 'model-mismatch'),
    'worker-crashed: the start traps': (worker) => worker.trapped('start'),
  };
  for (const [what, fail] of Object.entries(failures)) {
    const workers = new FakeWorkers();
    workers.starts = false;
    const pool = new WorkerPool({ spawn: workers.spawn, binary: BINARY, assets: Promise.resolve(ASSETS), options: {}, workers: 2, idleSeconds: 0, breaker: new CircuitBreaker(5, 60) });
    const refused = assert.rejects(pool.started, { code: what.split(':')[0] }, what);
    await settle();
    workers.all.forEach(fail);
    await refused;
    assert.equal(workers.all.length, 2, `${what}: no further try`);
    assert.deepEqual(workers.alive, []);
  }
});

test('refuses to start when a worker cannot even be constructed', async () => {
  let tries = 0;
  const spawn = () => {
    tries++;
    throw new DOMException('forbidden', 'SecurityError');
  };
  const refused = new WorkerPool({ spawn, binary: BINARY, assets: new Promise(() => {}), options: {}, workers: 2, idleSeconds: 0, breaker: new CircuitBreaker(5, 60) });
  await assert.rejects(refused.started, { code: 'model-unavailable', message: /forbidden/ });
  assert.equal(tries, 2);
});

test('refuses to start when the assets do not come, with their error', async () => {
  const workers = new FakeWorkers();
  const assets = Promise.reject(new TagdropError('model-unavailable', 'offline'));
  const refused = new WorkerPool({ spawn: workers.spawn, binary: BINARY, assets, options: {}, workers: 2, idleSeconds: 0, breaker: new CircuitBreaker(5, 60) });
  await assert.rejects(refused.started, { code: 'model-unavailable', message: 'offline' });
  assert.deepEqual(workers.alive, []);
});

test('a worker has one photo at a time, and photos keep their order', async () => {
  const { pool: two, workers } = await pool({ workers: 2 });
  const asked = ['a', 'b', 'c', 'd'].map((source) => photo(two, source));
  assert.deepEqual(workers.tagging, ['a', 'b']);
  workers.with('b').done('tag', tagged());
  assert.deepEqual(workers.tagging, ['a', 'c']);
  workers.with('a').done('tag', tagged());
  assert.deepEqual(workers.tagging, ['d', 'c']);
  for (const source of ['c', 'd']) workers.with(source).done('tag', tagged());
  await settle();
  assert.deepEqual(asked.map(({ outcome }) => outcome), Array(4).fill('tagged'));
});

test('the most urgent photo comes first, as it is when a worker comes free; of several the first', async () => {
  const { pool: one, workers } = await pool();
  const urgent = new Set();
  photo(one, 'busy');
  photo(one, 'last', { urgency: () => -1 });
  for (const source of ['a', 'b', 'c', 'd', 'e', 'plain']) photo(one, source, { urgency: () => Number(urgent.has(source)) });
  const order = [];
  for (const seen of [['d', 'e'], ['d', 'e'], [], ['plain', 'c'], [], [], []]) {
    order.push(...workers.tagging);
    urgent.clear();
    for (const source of seen) urgent.add(source);
    workers.alive[0].done('tag', tagged());
  }
  assert.deepEqual(order, ['busy', 'd', 'e', 'a', 'c', 'b', 'plain']);
  assert.deepEqual(workers.tagging, ['last']);
});

test('a worker is told the file that it gets next, one at a time, and gets what it was told', async () => {
  const { pool: two, workers } = await pool({ workers: 2 });
  // Fakes are given copies, so they are told apart by size.
  for (let size = 1; size <= 7; size++) photo(two, new Blob(['x'.repeat(size)]));
  photo(two, 'no file');
  const [first, second] = workers.all;
  const told = ({ posted }) => posted.filter(({ type }) => type === 'tag').map(({ source, ahead }) => [source.size, ahead?.file.size]);
  assert.deepEqual([told(first), told(second)], [[[1, undefined]], [[2, undefined]]], 'nothing was waiting yet');
  for (const worker of [first, second, first, second, first]) worker.done('tag', tagged());
  assert.deepEqual(told(first), [[1, undefined], [3, 4], [4, 7], [7, undefined]]);
  assert.deepEqual(told(second), [[2, undefined], [5, 6], [6, undefined]]);
  const [, { ahead }, { id }] = first.posted.filter(({ type }) => type === 'tag');
  assert.equal(ahead.id, id);
});

test('says how long a photo waited, beside what the worker measured', async () => {
  const { pool: one, workers } = await pool();
  const result = one.ask({ type: 'tag', source: 'a' });
  workers.alive[0].done('tag', tagged());
  const { timings } = await result;
  assert.equal(timings.decode, 1);
  assert.ok(timings.queued >= 0);
});

test('select goes ahead of waiting photos, and even to a worker that only downloads', async () => {
  const { pool: one, workers } = await pool();
  const scores = Float32Array.of(1);
  photo(one, new Blob(['x']));
  photo(one, 'b');
  const select = one.ask({ type: 'select', scores });
  const [worker] = workers.alive;
  assert.ok(!worker.open.some(({ type }) => type === 'select'), 'the worker decodes');
  worker.done('tag', tagged());
  assert.deepEqual(worker.open.map(({ type }) => type), ['select', 'tag']);
  worker.done('select', []);
  assert.deepEqual(await select, []);

  const during = one.ask({ type: 'select', scores });
  worker.done('select', ['during the download']);
  assert.deepEqual(await during, ['during the download']);
  worker.progress('decode');
  one.ask({ type: 'select', scores });
  assert.deepEqual(worker.open.map(({ type }) => type), ['tag'], 'it decodes again');
});

test('abort in the queue takes the photo out, and nothing else happens', async () => {
  const { pool: one, workers } = await pool();
  const abort = new AbortController();
  const [first, second, third] = [photo(one, 'a'), photo(one, 'b', { signal: abort.signal }), photo(one, 'c')];
  abort.abort();
  await settle();
  assert.deepEqual([first.outcome, second.outcome], [undefined, 'aborted']);
  workers.alive[0].done('tag', tagged());
  assert.deepEqual(workers.tagging, ['c']);
  assert.equal(workers.all.length, 1);
  workers.alive[0].done('tag', tagged());
  await settle();
  assert.equal(third.outcome, 'tagged');
});

test('abort in the download keeps the worker', async () => {
  const { pool: one, workers } = await pool();
  const abort = new AbortController();
  const asked = photo(one, 'https://a.example/a.png', { signal: abort.signal });
  const next = photo(one, 'b');
  const [worker] = workers.alive;
  worker.progress('download', 10, 100);
  abort.abort();
  await settle();
  assert.equal(asked.outcome, 'aborted', 'at once, before the worker answers');
  const { id } = worker.open[0];
  assert.deepEqual(worker.posted.at(-1), { type: 'abort', id });
  worker.failed('tag', 'aborted');
  assert.deepEqual(workers.tagging, ['b']);
  assert.equal(worker.terminated, false);
  worker.done('tag', tagged());
  await settle();
  assert.equal(next.outcome, 'tagged');
});

test('abort that comes just after the download cuts the worker off', async () => {
  const { pool: one, workers } = await pool();
  const abort = new AbortController();
  photo(one, 'https://a.example/a.png', { signal: abort.signal });
  photo(one, 'b');
  const [worker] = workers.alive;
  abort.abort();
  worker.progress('download', 100, 100);
  assert.equal(worker.terminated, false);
  worker.progress('decode');
  assert.equal(worker.terminated, true);
  await settle();
  assert.deepEqual(workers.tagging, ['b']);
});

test('abort in decode or inference ends the worker, which is no death', async () => {
  const { pool: one, workers } = await pool({ breaker: new CircuitBreaker(0, 60) });
  for (const stage of [undefined, 'decode', 'inference', 'select']) {
    const abort = new AbortController();
    const asked = photo(one, new Blob(['x']), { signal: abort.signal });
    const [worker] = workers.alive;
    if (stage) worker.progress(stage);
    abort.abort();
    assert.equal(worker.terminated, true);
    await settle();
    assert.equal(asked.outcome, 'aborted');
    assert.equal(workers.alive.length, 1, 'another is started at once');
    const next = photo(one, 'next');
    workers.alive[0].done('tag', tagged());
    await settle();
    assert.equal(next.outcome, 'tagged');
  }
});

test('an abort signal that has fired, or fires too late, does no harm', async () => {
  const { pool: one, workers } = await pool();
  assert.equal((await one.ask({ type: 'tag', source: 'a' }, { signal: AbortSignal.abort() }).catch((error) => error)).name, 'AbortError');
  assert.deepEqual(workers.tagging, []);
  const abort = new AbortController();
  const asked = photo(one, 'a', { signal: abort.signal });
  workers.alive[0].done('tag', tagged());
  await settle();
  abort.abort();
  assert.equal(asked.outcome, 'tagged');
  assert.equal(workers.all.length, 1);
});

test('a quick question outlives a worker that is cut off', async () => {
  const { pool: one, workers } = await pool();
  const abort = new AbortController();
  photo(one, 'https://a.example/a.png', { signal: abort.signal });
  const select = one.ask({ type: 'select', scores: Float32Array.of(1) });
  workers.alive[0].progress('decode');
  abort.abort();
  await settle();
  workers.alive[0].done('select', ['asked again']);
  assert.deepEqual(await select, ['asked again']);
});

test('a trap costs the photo in flight, and no other', async () => {
  const { pool: one, workers } = await pool();
  const [bad, good] = [photo(one, 'bad'), photo(one, 'good')];
  workers.with('bad').trapped('tag');
  await settle();
  assert.equal(bad.outcome, 'worker-crashed');
  assert.equal(workers.all[0].terminated, true);
  workers.with('good').done('tag', tagged());
  await settle();
  assert.equal(good.outcome, 'tagged');
  assert.equal(workers.all.length, 2);
});

test('so does an uncaught error, and a message that cannot be read', async () => {
  const { pool: one, workers } = await pool();
  for (const die of [(worker) => worker.dies('boom'), (worker) => worker.onmessageerror({})]) {
    const asked = photo(one, 'a');
    die(workers.with('a'));
    await settle();
    assert.equal(asked.outcome, 'worker-crashed');
    assert.equal(workers.alive.length, 1);
  }
});

test('a question that traps is not asked again, and takes the photo beside it along', async () => {
  const { pool: one, workers } = await pool();
  const asked = photo(one, 'https://a.example/a.png');
  const select = assert.rejects(one.ask({ type: 'select', scores: Float32Array.of(1) }), { code: 'worker-crashed' });
  workers.alive[0].trapped('select');
  await select;
  await settle();
  assert.equal(asked.outcome, 'worker-crashed');
  assert.deepEqual(workers.alive.flatMap(({ open }) => open), []);
});

test('the sixth death within the time opens the breaker for all that waits and comes; reset closes it', async () => {
  const { pool: one, workers } = await pool();
  for (let death = 1; death <= 5; death++) {
    const asked = photo(one, 'bad');
    workers.with('bad').trapped('tag');
    await settle();
    assert.equal(asked.outcome, 'worker-crashed', `${death}`);
  }
  const [last, waiting] = [photo(one, 'bad'), photo(one, 'waiting')];
  workers.with('bad').trapped('tag');
  await settle();
  assert.deepEqual([last.outcome, waiting.outcome], ['worker-crashed', 'breaker-open']);
  assert.deepEqual(workers.alive, [], 'nothing is started any more');

  const later = photo(one, 'later');
  await settle();
  assert.equal(later.outcome, 'breaker-open');
  await assert.rejects(one.ask({ type: 'select', scores: Float32Array.of(1) }), { code: 'breaker-open' });

  one.resetBreaker();
  const after = photo(one, 'after');
  await settle();
  workers.with('after').done('tag', tagged());
  await settle();
  assert.equal(after.outcome, 'tagged');
});

test('a worker that cannot be started again is tried until the breaker opens, not for ever', async () => {
  const { pool: one, workers } = await pool({ breaker: new CircuitBreaker(2, 60) });
  workers.starts = false;
  const [bad, waiting] = [photo(one, 'bad'), photo(one, 'waiting')];
  workers.with('bad').trapped('tag');
  await settle();
  while (workers.alive.length) {
    workers.alive[0].dies(undefined);
    await settle();
  }
  assert.deepEqual([bad.outcome, waiting.outcome], ['worker-crashed', 'breaker-open']);
  assert.equal(workers.all.length, 3, 'one died, two did not start');
});

test('options are judged by one worker, then given to all, and to those that come', async () => {
  const { pool: two, workers } = await pool({ workers: 2 });
  const [judge, other] = workers.all;
  const refused = assert.rejects(set(two, { maxTags: -1 }), { code: 'invalid-options' });
  await settle();
  judge.failed('set-options', 'invalid-options');
  await refused;
  assert.deepEqual(other.open, [], 'the others have not heard of it');

  const german = { locale: 'de', names: new ArrayBuffer(4) };
  const first = { maxTags: 1, deny: ['n02084071'] };
  const second = { ...first, maxTags: 5 };
  const changed = [set(two, { maxTags: 1, deny: ['dog'] }), set(two, { maxTags: undefined }, german)];
  await settle();
  assert.equal(judge.open.length, 1, 'one change after the other');
  judge.done('set-options', about(first));
  await settle();
  judge.done('set-options', about(first));
  judge.done('set-options', about(second, 'de'));
  await Promise.all(changed);
  assert.deepEqual(other.open.map(({ options, locale }) => [options, locale]), [[first, undefined], [second, 'de']], 'as the judge spells them');
  assert.equal(two.locale, 'de');

  photo(two, 'bad');
  photo(two, 'bad too');
  workers.with('bad').trapped('tag');
  workers.with('bad too').trapped('tag');
  await settle();
  const { options, locale, names } = workers.alive[0].posted[0];
  assert.deepEqual([options, locale, names.byteLength], [second, 'de', 4]);
});

test('an idle worker is ended; the next photo starts one from what was kept', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { pool: two, workers } = await pool({ workers: 2, idleSeconds: 30 });
    photo(two, 'a');
    mock.timers.tick(30_000);
    assert.deepEqual(workers.tagging, ['a'], 'the one at work stays');
    assert.equal(workers.alive.length, 1);
    workers.with('a').done('tag', tagged());
    mock.timers.tick(29_999);
    assert.equal(workers.alive.length, 1);
    mock.timers.tick(1);
    assert.deepEqual(workers.alive, []);
    assert.equal(await two.wasmMemoryBytes(), 0);

    const asked = photo(two, 'b');
    await settle();
    assert.equal(workers.alive.length, 1, 'one photo, one worker');
    workers.with('b').done('tag', tagged());
    await settle();
    assert.equal(asked.outcome, 'tagged');
  } finally {
    mock.timers.reset();
  }
});

test('idleSeconds 0 is never, and very many are not at once', async () => {
  const { workers: never } = await pool({ idleSeconds: 0 });
  const { pool: late, workers } = await pool({ idleSeconds: 1e9 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual([never.alive.length, workers.alive.length], [1, 1]);
  late.dispose();
});

test('memory is that of the worker with most', async () => {
  const { pool: two, workers } = await pool({ workers: 2 });
  const most = two.wasmMemoryBytes();
  workers.all.forEach((worker, index) => worker.done('memory', 100 * index));
  assert.equal(await most, 100);
});

test('dispose ends every worker and everything asked, once and for all', async () => {
  const { pool: two, workers } = await pool({ workers: 2 });
  const asked = ['a', 'b', 'c'].map((source) => photo(two, source));
  const select = assert.rejects(two.ask({ type: 'select', scores: Float32Array.of(1) }), { code: 'disposed' });
  two.dispose();
  two.dispose();
  await select;
  await settle();
  assert.deepEqual(asked.map(({ outcome }) => outcome), Array(3).fill('disposed'));
  assert.deepEqual(workers.alive, []);
  await assert.rejects(two.ask({ type: 'tag', source: 'd' }), { code: 'disposed' });
  await assert.rejects(set(two, {}), { code: 'disposed' });
  await assert.rejects(two.wasmMemoryBytes(), { code: 'disposed' });
  assert.equal(workers.all.length, 2);
});

test('dispose before the start is over ends that too', async () => {
  const workers = new FakeWorkers();
  const pool = new WorkerPool({ spawn: workers.spawn, binary: BINARY, assets: new Promise(() => {}), options: {}, workers: 2, idleSeconds: 0, breaker: new CircuitBreaker(5, 60) });
  const refused = assert.rejects(pool.started, { code: 'disposed' });
  pool.dispose();
  await refused;
  assert.deepEqual(workers.alive, []);
});

test('what cannot be sent is misuse, and leaves the worker free', async () => {
  const { pool: one, workers } = await pool();
  const bad = photo(one, () => {});
  const good = photo(one, 'good');
  await settle();
  assert.equal(bad.outcome, 'invalid-source');
  assert.deepEqual(workers.tagging, ['good']);
  workers.alive[0].done('tag', tagged());
  await settle();
  assert.equal(good.outcome, 'tagged');
  await assert.rejects(set(one, { maxTags: () => {} }), { code: 'invalid-options' });
});

test('bitmaps that no worker was sent are freed', async (t) => {
  const before = globalThis.ImageBitmap;
  t.after(() => (globalThis.ImageBitmap = before));
  globalThis.ImageBitmap = class {
    closed = false;
    close() {
      this.closed = true;
    }
  };
  const bitmap = () => new globalThis.ImageBitmap();
  const { pool: one } = await pool();
  photo(one, 'a');
  const [aborted, disposed, late] = [bitmap(), bitmap(), bitmap()];
  const abort = new AbortController();
  photo(one, 'b', { transfer: [aborted], signal: abort.signal });
  photo(one, 'c', { transfer: [disposed] });
  abort.abort();
  assert.deepEqual([aborted.closed, disposed.closed], [true, false]);
  one.dispose();
  assert.equal(disposed.closed, true);
  photo(one, 'd', { transfer: [late] });
  assert.equal(late.closed, true);
});
