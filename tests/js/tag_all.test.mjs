import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tagAll } from '../../js/tag_all.js';
import { TagdropError } from '../../js/tagdrop_error.js';
import { settle } from './fake_worker.mjs';

/** A tagger whose photos the test finishes. */
class HeldTagger {
  model = 'net@1';
  /** @type {Map<unknown, { resolve: Function, reject: Function, signal: AbortSignal }>} */
  held = new Map();

  tag(source, { signal }) {
    return new Promise((resolve, reject) => {
      this.held.set(source, { resolve, reject, signal });
      signal.addEventListener('abort', () => this.fail(source, 'aborted'));
    });
  }

  finish(source) {
    this.held.get(source).resolve({ outcome: 'tagged', tags: [], model: this.model });
    this.held.delete(source);
  }

  fail(source, code) {
    this.held.get(source)?.reject(new TagdropError(code, code));
    this.held.delete(source);
  }

  get inWork() {
    return [...this.held.keys()];
  }
}

/** Numbers from 0, counting how many were asked for and whether the end was told. */
function counter(end) {
  const state = { pulled: 0, returned: false };
  state.sources = (function* () {
    try {
      while (state.pulled < end) yield state.pulled++;
    } finally {
      state.returned = true;
    }
  })();
  return state;
}

test('yields in order of completion, each with index and source', async () => {
  const tagger = new HeldTagger();
  const results = tagAll(tagger, ['a', 'b', 'c'], {}, 4);
  const first = results.next();
  await settle();
  assert.deepEqual(tagger.inWork, ['a', 'b', 'c']);
  tagger.finish('c');
  assert.deepEqual((await first).value, { outcome: 'tagged', tags: [], model: 'net@1', index: 2, source: 'c' });
  tagger.finish('a');
  tagger.finish('b');
  assert.equal((await results.next()).value.index, 0);
  assert.equal((await results.next()).value.index, 1);
  assert.equal((await results.next()).done, true);
});

test('nothing in, nothing out', async () => {
  assert.equal((await tagAll(new HeldTagger(), [], {}, 4).next()).done, true);
});

test('pulls no more sources than there is room for: photos in work and results not taken count alike', async () => {
  const tagger = new HeldTagger();
  const numbers = counter(10_000);
  const results = tagAll(tagger, numbers.sources, { maxPending: 3 }, 99);
  const first = results.next();
  await settle();
  assert.equal(numbers.pulled, 3);
  tagger.finish(0);
  await first;
  await settle();
  assert.equal(numbers.pulled, 4, 'one was taken');
  for (const number of [1, 2, 3]) tagger.finish(number);
  await settle();
  assert.equal(numbers.pulled, 4, 'three are finished and wait for a slow consumer');
  await results.next();
  await settle();
  assert.equal(numbers.pulled, 5);
  await results.return();
});

test('a source that comes slowly does not hold back what is finished', async () => {
  const tagger = new HeldTagger();
  let more;
  async function* slowly() {
    yield 'a';
    await new Promise((resolve) => (more = resolve));
    yield 'b';
  }
  const results = tagAll(tagger, slowly(), {}, 4);
  const first = results.next();
  await settle();
  tagger.finish('a');
  assert.equal((await first).value.source, 'a');
  more();
  await settle();
  assert.deepEqual(tagger.inWork, ['b'], 'pulled while the consumer is away');
  tagger.finish('b');
  assert.equal((await results.next()).value.source, 'b');
  assert.equal((await results.next()).done, true);
});

test('leaving the loop aborts the rest and ends the source', async () => {
  const tagger = new HeldTagger();
  const numbers = counter(100);
  setImmediate(() => tagger.finish(1));
  for await (const { source } of tagAll(tagger, numbers.sources, {}, 4)) {
    assert.equal(source, 1);
    break;
  }
  await settle();
  assert.deepEqual(tagger.inWork, []);
  assert.equal(numbers.returned, true);
});

test('abort rejects at once, even while the source keeps it waiting', async () => {
  const tagger = new HeldTagger();
  const abort = new AbortController();
  async function* stuck() {
    yield 'a';
    await new Promise(() => {});
  }
  const next = tagAll(tagger, stuck(), { signal: abort.signal }, 4).next();
  await settle();
  abort.abort();
  await assert.rejects(next, { code: 'aborted', name: 'AbortError' });
  assert.deepEqual(tagger.inWork, []);
  await assert.rejects(tagAll(tagger, ['a'], { signal: abort.signal }, 4).next(), { code: 'aborted' });
  assert.deepEqual(tagger.inWork, [], 'nothing was begun');
});

test('what is no image source is an outcome among the others', async () => {
  const tagger = new HeldTagger();
  const results = tagAll(tagger, ['good', 42], {}, 4);
  const first = results.next();
  await settle();
  tagger.fail(42, 'invalid-source');
  assert.deepEqual((await first).value, {
    outcome: 'invalid-source',
    tags: [],
    error: { code: 'invalid-source', message: 'invalid-source' },
    model: 'net@1',
    index: 1,
    source: 42,
  });
  tagger.finish('good');
  assert.equal((await results.next()).value.outcome, 'tagged');
});

test('an error of the source comes after what is in work', async () => {
  const tagger = new HeldTagger();
  const broken = (function* () {
    yield 'a';
    throw new RangeError('the folder is gone');
  })();
  const results = tagAll(tagger, broken, {}, 4);
  const first = results.next();
  await settle();
  tagger.finish('a');
  assert.equal((await first).value.source, 'a');
  await assert.rejects(results.next(), { message: 'the folder is gone' });
});

test('a disposed tagger ends it', async () => {
  const tagger = new HeldTagger();
  const numbers = counter(100);
  const next = tagAll(tagger, numbers.sources, {}, 2).next();
  await settle();
  for (const number of [0, 1]) tagger.fail(number, 'disposed');
  await assert.rejects(next, { code: 'disposed' });
  assert.equal(numbers.pulled, 2);
});

test('what is not iterable, and a single address, is misuse', async () => {
  for (const sources of [undefined, null, 1, {}, 'photo.jpg', new Blob([])]) {
    await assert.rejects(tagAll(new HeldTagger(), sources, {}, 4).next(), { code: 'invalid-source' });
  }
  await assert.rejects(tagAll(new HeldTagger(), [], { maxPending: 0 }, 4).next(), { code: 'invalid-options' });
});
