import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { download } from '../../js/download.js';
import { MAX_FILE_BYTES } from '../../js/image_source.js';

const { fetch } = globalThis;
afterEach(() => (globalThis.fetch = fetch));

const answer = (response) => (globalThis.fetch = async () => response);
const nothing = () => {};

test('tells the bytes so far and in all, and gives them in order', async () => {
  const parts = [[1, 2], [3], [4, 5, 6]].map((part) => Uint8Array.from(part));
  answer(new Response(ReadableStream.from(parts), { headers: { 'content-length': '6' } }));
  const told = [];
  assert.deepEqual(await download('https://a.example/x.png', undefined, (...args) => told.push(args)), Uint8Array.of(1, 2, 3, 4, 5, 6));
  assert.deepEqual(told, [[0, 6], [2, 6], [3, 6], [6, 6]]);
});

test('what is not there, or cannot be reached, is fetch-failed and names the address', async () => {
  answer(new Response('', { status: 404 }));
  await assert.rejects(download('https://a.example/x.png', undefined, nothing), { code: 'fetch-failed', message: /a\.example\/x\.png .*404.*CORS/ });
  globalThis.fetch = async () => {
    throw new TypeError('network');
  };
  await assert.rejects(download('https://a.example/x.png', undefined, nothing), { code: 'fetch-failed' });
});

test('too much is refused: by the header before the body, and by the body whatever the header says', async () => {
  let pulled = 0;
  let cancelled = false;
  const body = () =>
    new ReadableStream(
      {
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(64 << 20));
        },
        cancel: () => void (cancelled = true),
      },
      { highWaterMark: 0 },
    );
  answer(new Response(body(), { headers: { 'content-length': String(MAX_FILE_BYTES + 1) } }));
  await assert.rejects(download('https://a.example/x.png', undefined, nothing), { code: 'image-too-large' });
  assert.equal(pulled, 0);
  answer(new Response(body()));
  await assert.rejects(download('https://a.example/x.png', undefined, nothing), { code: 'image-too-large' });
  assert.equal(pulled, 4);
  assert.ok(cancelled, 'the rest is not downloaded');
});

test('an abort is one', async () => {
  const abort = new AbortController();
  globalThis.fetch = async (_, { signal }) => signal.throwIfAborted();
  abort.abort();
  await assert.rejects(download('https://a.example/x.png', abort.signal, nothing), { code: 'aborted' });
});
