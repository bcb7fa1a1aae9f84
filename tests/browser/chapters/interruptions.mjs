import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { answered, drop, ESPRESSO, fixturePath, hook, openBench, openDemo, photo } from '../visit.mjs';

const coffee = readFileSync(fixturePath('images/coffee.jpg'));

/** What an abort is thrown as. */
const ABORTED = { name: 'AbortError', code: 'aborted', ours: true };

/** As in types.d.ts: so many deaths are forgiven. */
const FORGIVEN = 5;

/** @param {{ name: string, code: string, message: string, ours: boolean }} thrown */
function assertAborted({ message, ...thrown }) {
  assert.deepEqual(thrown, ABORTED, message);
}

/**
 * What fails here hangs for ever or dies: an answer was not waited for. The stories share one tagger, which each leaves working.
 * @param {import('../browsers.mjs').Here} here
 */
export function interruptions(here) {
  before(async () => {
    await openBench(here);
    await here.page.run(async () => {
      globalThis.tagger = await bench.tagdrop.createTagger({ workers: 1, workerUrl: '/stories/crash_worker.js' });
      globalThis.coffee = await bench.photo('coffee.jpg');
      globalThis.failing = (wish) => new File([coffee], 'coffee.jpg', { type: `test/${wish}` });
    });
  });

  const nextWorks = async () => {
    const { outcome, best, message } = await here.page.run(() => bench.told(tagger.tag(coffee)));
    assert.deepEqual([outcome, best], ['tagged', ESPRESSO], message);
  };

  /** The one worker that lives. One that hangs takes a moment to die. */
  const theWorker = () =>
    here.page.until(async () => {
      const [worker, ...others] = await bench.rollCall();
      return others.length ? '' : worker;
    });

  test('an abort while a photo downloads hangs up and keeps the worker', async () => {
    const { page, site } = here;
    const { left } = site.drip('/slow.jpg', coffee.subarray(0, 1000), coffee.length);
    const worker = await theWorker();
    const thrown = await page.run(async () => {
      const abort = new AbortController();
      const { onProgress, reached } = bench.watchFor('download');
      const refusal = bench.refusal(tagger.tag('/slow.jpg', { signal: abort.signal, onProgress }));
      globalThis.loaded = await reached;
      abort.abort();
      return refusal;
    });
    assertAborted(thrown);
    assert.equal(await page.run(() => loaded), 1000);
    await left;
    await nextWorks();
    assert.equal(await theWorker(), worker);
  });

  for (const [stage, wish] of [['decode', 'hang'], ['inference', 'hang-inference']]) {
    test(`an abort in ${stage} ends what cannot be interrupted`, async () => {
      const { page } = here;
      const worker = await theWorker();
      const thrown = await page.run(async (stage, wish) => {
        const abort = new AbortController();
        const { onProgress, reached } = bench.watchFor(stage);
        const refusal = bench.refusal(tagger.tag(failing(wish), { signal: abort.signal, onProgress }));
        await reached;
        abort.abort();
        return refusal;
      }, stage, wish);
      assertAborted(thrown);
      await nextWorks();
      assert.notEqual(await theWorker(), worker, 'another has taken over');
    });
  }

  test('an abort in the queue leaves the photo in work alone', async () => {
    const { page } = here;
    const { order, thrown } = await page.run(async () => {
      const order = [];
      const [first, second] = [new AbortController(), new AbortController()];
      const { onProgress, reached } = bench.watchFor('decode');
      const inWork = bench.refusal(tagger.tag(failing('hang'), { signal: first.signal, onProgress }));
      await reached;
      const waiting = bench.refusal(tagger.tag(coffee, { signal: second.signal, onProgress: ({ stage }) => order.push(stage) }));
      void inWork.then(() => order.push('the first is out'));
      void waiting.then(() => order.push('the second is out'));
      second.abort();
      const thrown = [await waiting];
      first.abort();
      thrown.push(await inWork);
      return { order, thrown };
    });
    assert.deepEqual(order, ['queued', 'the second is out', 'the first is out']);
    thrown.forEach(assertAborted);
    await nextWorks();
  });

  test('an abort of the start ends its downloads', async () => {
    const { page, site } = here;
    const { left } = site.drip('/slow/manifest.json', Buffer.from('{'), 2);
    const thrown = await page.run(async () => {
      const abort = new AbortController();
      let arrived = () => {};
      const arriving = new Promise((resolve) => (arrived = resolve));
      const onProgress = ({ stage, loaded }) => stage === 'manifest' && loaded && arrived();
      const refusal = bench.refusal(
        bench.tagdrop.createTagger({ modelUrl: '/slow/manifest.json', signal: abort.signal, onProgress, workerUrl: '/stories/crash_worker.js' }),
      );
      await arriving;
      abort.abort();
      return refusal;
    });
    assertAborted(thrown);
    await left;
    // Of the two that lived, the tagger's.
    await theWorker();
  });

  test('a trap costs one photo, the sixth in a minute switches tagging off, and a reset switches it on', async () => {
    const { page } = here;
    const workers = new Set([await theWorker()]);
    for (let death = 1; death <= FORGIVEN; death++) {
      // A trap inside wasm, and an uncaught error: both end a worker.
      const { outcome } = await page.run((wish) => bench.told(tagger.tag(failing(wish))), death % 2 ? 'trap' : 'kill');
      assert.equal(outcome, 'worker-crashed');
      workers.add(await theWorker());
    }
    assert.equal(workers.size, 1 + FORGIVEN, 'each death brought a new worker');
    await nextWorks();

    assert.equal((await page.run(() => bench.told(tagger.tag(failing('trap'))))).outcome, 'worker-crashed');
    const off = await page.run(() => bench.told(tagger.tag(coffee)));
    assert.equal(off.outcome, 'breaker-open');
    assert.match(off.message, /resetBreaker/);
    assert.equal(await page.run(async () => (await bench.refusal(tagger.setOptions({ maxTags: 3 }))).code), 'breaker-open');
    await page.until(async () => (await bench.rollCall()).length === 0);

    await page.run(() => tagger.resetBreaker());
    await nextWorks();
  });

  test('photos that wait while the breaker opens hear of it', async () => {
    const outcomes = await here.page.run(async () => {
      const tagger = await bench.tagdrop.createTagger({ workers: 1, maxRelaunches: 0, workerUrl: '/stories/crash_worker.js' });
      const all = await Promise.all([failing('trap'), coffee, coffee].map((file) => bench.told(tagger.tag(file))));
      tagger.dispose();
      return all.map(({ outcome }) => outcome);
    });
    assert.deepEqual(outcomes, ['worker-crashed', 'breaker-open', 'breaker-open']);
  });

  test('the demo page says when tagging is off, and its button switches it on', async () => {
    const { page } = here;
    await page.beforeLoad(() => {
      globalThis.Worker = class extends Worker {
        constructor(_, options) {
          super('/stories/crash_worker.js', options);
        }
      };
    });
    await openDemo(here);
    const banner = () => page.run(() => !document.querySelector('[data-testid=breaker]').hidden);
    await drop(page, [photo('coffee.jpg', 'test/trap'), photo('coffee.jpg')]);
    assert.deepEqual((await answered(page, 2)).map(({ outcome }) => outcome).sort(), ['tagged', 'worker-crashed']);
    assert.equal(await banner(), false);
    await drop(page, [...Array.from({ length: FORGIVEN }, () => photo('coffee.jpg', 'test/trap')), photo('coffee.jpg')]);
    const off = await answered(page, 3 + FORGIVEN);
    assert.equal(off.filter(({ outcome }) => outcome === 'worker-crashed').length, 1 + FORGIVEN);
    assert.equal(off.at(-1).outcome, 'breaker-open');
    assert.equal(await banner(), true);
    await page.click(hook('reset-breaker'));
    await page.until(() => !document.querySelector('[data-outcome=breaker-open]'));
    assert.equal((await answered(page, 3 + FORGIVEN)).at(-1).outcome, 'tagged');
    assert.equal(await banner(), false);
  });
}
