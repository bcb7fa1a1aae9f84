import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { forgetStored, loadFile, loadModel } from '../../js/load_model.js';
import { describeModel } from '../../js/own_model.js';
import { Languages } from '../../js/languages.js';
import { chooseVariant, loadWasm } from '../../js/load_wasm.js';
import { VARIANTS } from '../../js/pkg/build.js';

/** The browser's cache, as far as it is used: entries by address. */
class FakeCaches {
  entries = new Map();
  full = false;

  #find(key, { ignoreSearch = false } = {}) {
    const comparable = (url) => (ignoreSearch ? url.split('?')[0] : url).replace('https://a.example', '');
    return [...this.entries.keys()].find((entry) => comparable(entry) === comparable(key));
  }

  async open() {
    return {
      match: async (key, options) => this.entries.get(this.#find(key, options))?.clone(),
      put: async (key, response) => {
        if (this.full) throw new DOMException('', 'QuotaExceededError');
        this.entries.set(key, response);
      },
      delete: async (key, options) => this.entries.delete(this.#find(key, options)),
      keys: async () => [...this.entries.keys()].map((key) => ({ url: `https://a.example${key}` })),
    };
  }

  async delete(name) {
    assert.equal(name, 'tagdrop');
    this.entries.clear();
  }
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
/** The smallest module, which is empty. */
const WASM = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

const before = globalThis.fetch;
/** What the server has: body or status by path. */
let server;
let requests;
let progress;

beforeEach(() => {
  server = {};
  requests = [];
  progress = [];
  globalThis.caches = new FakeCaches();
  globalThis.fetch = async (url, { signal } = {}) => {
    signal?.throwIfAborted();
    const path = new URL(url).pathname;
    requests.push(path);
    const body = server[path];
    if (body === undefined) throw new TypeError('Failed to fetch');
    if (typeof body === 'number') return new Response('<h1>Not found</h1>', { status: body });
    const type = path.endsWith('.wasm') ? 'application/wasm' : 'application/octet-stream';
    return new Response(body, { headers: { 'content-type': type, 'content-length': String(body.length) } });
  };
});

afterEach(() => {
  globalThis.fetch = before;
  delete globalThis.caches;
});

const loading = (more) => ({ cache: true, keep: [], onProgress: (each) => progress.push(each), ...more });

/** Loads one file as a visit would: the cache is written when it ends. */
async function visit(file, more) {
  const how = loading(more);
  const bytes = await loadFile(file, 'model', how);
  await Promise.all(how.keep.map((write) => write()));
  return Buffer.from(bytes).toString();
}

const remote = (text, path = '/net.onnx') => ({ url: `https://a.example${path}`, sha256: sha256(text), bytes: text.length });

test('the second visit needs no network', async () => {
  server['/net.onnx'] = 'weights';
  assert.equal(await visit(remote('weights')), 'weights');
  assert.equal(await visit(remote('weights')), 'weights');
  assert.deepEqual(requests, ['/net.onnx']);
});

test('tells how many bytes have come, of how many', async () => {
  server['/net.onnx'] = 'weights';
  await visit(remote('weights'));
  assert.deepEqual(progress[0], { stage: 'model', loaded: 0, total: 7 });
  assert.deepEqual(progress.at(-1), { stage: 'model', loaded: 7, total: 7 });
  progress = [];
  await visit({ url: 'https://a.example/net.onnx' });
  assert.deepEqual(progress.at(-1), { stage: 'model', loaded: 7, total: 7 }, 'by the header');
});

test('a stored file that is not what its hash says is deleted and fetched again', async () => {
  server['/net.onnx'] = 'weights';
  await visit(remote('weights'));
  const [key] = caches.entries.keys();
  caches.entries.set(key, new Response('weighty'));
  assert.equal(await visit(remote('weights')), 'weights');
  assert.equal(requests.length, 2);
  assert.equal(await visit(remote('weights')), 'weights');
  assert.equal(requests.length, 2, 'and kept again');
});

test('one file under two names is kept once', async () => {
  server['/net.onnx'] = 'weights';
  await visit(remote('weights'));
  const how = loading();
  await loadFile(remote('weights'), 'model', how, { name: 'model own' });
  await Promise.all(how.keep.map((write) => write()));
  assert.equal(requests.length, 1);
  assert.equal(caches.entries.size, 1);
});

test('a wrong file from the network is refused and not kept', async () => {
  server['/net.onnx'] = '<!doctype html>';
  await assert.rejects(visit(remote('weights')), { code: 'model-mismatch' });
  assert.equal(caches.entries.size, 0);
});

test('an answer that is not ok, and none at all, is model-unavailable and not kept', async () => {
  server['/net.onnx'] = 404;
  await assert.rejects(visit(remote('weights')), { code: 'model-unavailable', message: /404/ });
  delete server['/net.onnx'];
  await assert.rejects(visit(remote('weights')), { code: 'model-unavailable', message: /net\.onnx.*Failed to fetch/ });
  assert.equal(caches.entries.size, 0);
});

test('abort is an abort', async () => {
  server['/net.onnx'] = 'weights';
  await assert.rejects(visit(remote('weights'), { signal: AbortSignal.abort() }), { code: 'aborted' });
});

test('works with no cache, a refused one, a full one, and when told to keep nothing', async () => {
  server['/net.onnx'] = 'weights';
  caches.full = true;
  assert.equal(await visit(remote('weights')), 'weights');
  caches.full = false;
  assert.equal(await visit(remote('weights'), { cache: false }), 'weights');
  assert.equal(caches.entries.size, 0);
  globalThis.caches.open = async () => Promise.reject(new DOMException('', 'SecurityError'));
  assert.equal(await visit(remote('weights')), 'weights');
  delete globalThis.caches;
  assert.equal(await visit(remote('weights')), 'weights');
  await forgetStored();
  assert.equal(requests.length, 4);
});

test('what was loaded before all was forgotten is not kept after it', async () => {
  server['/net.onnx'] = 'weights';
  const how = loading();
  await loadFile(remote('weights'), 'model', how);
  await forgetStored();
  await Promise.all(how.keep.map((write) => write()));
  assert.equal(caches.entries.size, 0);
});

test('without the mark that something is kept the cache is not even opened, and with it it is', async (t) => {
  const kept = new Map();
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
  t.after(() => delete globalThis.localStorage);
  const opened = t.mock.method(caches, 'open');
  server['/net.onnx'] = 'weights';
  const how = loading();
  await loadFile(remote('weights'), 'model', how);
  assert.equal(opened.mock.callCount(), 0);
  await Promise.all(how.keep.map((write) => write()));
  await loadFile(remote('weights'), 'model', loading());
  assert.equal(requests.length, 1, 'from the cache');
  await forgetStored();
  assert.equal(kept.size, 0);
});

test('of each file the latest version is kept, and forgetStored forgets all', async () => {
  server['/net.onnx'] = 'old';
  await visit(remote('old'));
  const how = loading();
  server['/own.onnx'] = 'own';
  await loadFile(remote('own', '/own.onnx'), 'model', how, { name: 'model own' });
  await Promise.all(how.keep.map((write) => write()));
  server['/net.onnx'] = 'new';
  await visit(remote('new'));
  assert.deepEqual([...caches.entries.keys()].map((key) => key.slice(0, 30)), [sha256('own'), sha256('new')].map((hash) => `/.tagdrop/sha256-${hash}`.slice(0, 30)));
  await forgetStored();
  assert.equal(caches.entries.size, 0);
});

test('the package’s model: all files at once', async () => {
  server['/manifest.json'] = '{"id":"net"}';
  server['/net.onnx'] = 'weights';
  const files = { manifest: remote('{"id":"net"}', '/manifest.json'), model: remote('weights'), concepts: remote('dog', '/concepts.tsv') };
  server['/concepts.tsv'] = 'dog';
  const { manifest, model, concepts } = await loadModel(files, loading());
  assert.equal(Buffer.from(manifest).toString(), '{"id":"net"}');
  assert.equal(Buffer.from(model).toString(), 'weights');
  assert.equal(Buffer.from(concepts).toString(), 'dog');
  assert.deepEqual(requests, ['/manifest.json', '/net.onnx', '/concepts.tsv']);
});

test('a model of one’s own: the file lies beside its manifest and has its hash', async () => {
  const manifest = JSON.stringify({ id: 'own', file: 'own.onnx', sha256: sha256('own'), bytes: 3 });
  server['/models/own/manifest.json'] = manifest;
  server['/models/own/own.onnx'] = 'own';
  const own = async (how = loading()) => (await describeModel('https://a.example/models/own/manifest.json', how)).load();
  const how = loading();
  assert.equal(Buffer.from((await own(how)).model).toString(), 'own');
  await Promise.all(how.keep.map((write) => write()));
  await own();
  assert.deepEqual(requests.slice(2), ['/models/own/manifest.json'], 'the model itself is kept');

  server['/models/own/manifest.json'] = manifest.replace(sha256('own'), sha256('other'));
  await assert.rejects(own(), { code: 'model-mismatch' });
  for (const broken of ['<!doctype html>', '{}', 'null', '{"file":"own.onnx","sha256":"no"}']) {
    server['/models/own/manifest.json'] = broken;
    await assert.rejects(own(), { code: 'model-mismatch' });
  }
});

test('a model that is not made of whole int8 nodes needs the binary for any model', async () => {
  const needs = async (/** @type {unknown} */ quantization) => {
    server['/manifest.json'] = JSON.stringify({ id: 'own', file: 'own.onnx', sha256: sha256('own'), bytes: 3, quantization });
    return (await describeModel('https://a.example/manifest.json', loading())).needs;
  };
  assert.deepEqual(await needs({ format: 'qoperator' }), []);
  assert.deepEqual(await needs({ format: 'qdq' }), ['any-model']);
  assert.deepEqual(await needs(null), ['any-model']);
});

test('wasm is compiled while it comes, from the network and from the cache', async () => {
  server['/a.wasm'] = WASM;
  const file = { url: 'https://a.example/a.wasm', sha256: sha256(WASM) };
  const how = loading();
  assert.ok((await loadWasm(file, how)) instanceof WebAssembly.Module);
  await Promise.all(how.keep.map((write) => write()));
  assert.ok((await loadWasm(file, loading())) instanceof WebAssembly.Module);
  assert.deepEqual(requests, ['/a.wasm']);
});

test('wasm under another name is compiled when it has come; what is no wasm has a code', async () => {
  server['/a.bin'] = WASM;
  assert.ok((await loadWasm({ url: 'https://a.example/a.bin' }, loading())) instanceof WebAssembly.Module);
  assert.equal(caches.entries.size, 0, 'without a hash it is not kept');
  server['/b.wasm'] = Buffer.from('<!doctype html>');
  await assert.rejects(loadWasm({ url: 'https://a.example/b.wasm' }, loading()), { code: 'model-unavailable' });
  server['/c.wasm'] = 404;
  await assert.rejects(loadWasm({ url: 'https://a.example/c.wasm' }, loading()), { code: 'model-unavailable', message: /404/ });
});

test('the first variant this browser can run is chosen', () => {
  const variants = [
    { name: 'relaxed', detect: ['simd', 'relaxed-simd'], features: [] },
    { name: 'simd', detect: ['simd'], features: [] },
    { name: 'all', detect: ['simd'], features: ['any-model'] },
  ];
  assert.equal(chooseVariant(variants, [], (feature) => feature === 'simd').name, 'simd');
  assert.equal(chooseVariant(variants.slice(1), []).name, 'simd', 'this Node has SIMD');
  assert.equal(chooseVariant(variants, ['any-model'], () => true).name, 'all');
  assert.throws(() => chooseVariant(variants.slice(0, 2), [], () => false), { code: 'model-unavailable', message: /relaxed,simd/ });
});

test('every detector named in wasm-pack.toml has its probe', async () => {
  const plan = await readFile(new URL('../../wasm-pack.toml', import.meta.url), 'utf8');
  const detectors = [...plan.matchAll(/^detect = (\[.*?\])/gm)].flatMap(([, list]) => JSON.parse(list));
  assert.ok(detectors.includes('simd'));
  /** @param {string} name */
  const chosen = (name) => chooseVariant([{ name, detect: [name], features: [] }, { name: 'none', detect: [], features: [] }], []).name;
  assert.equal(chosen('simd'), 'simd');
  // Most depend on the machine; a name without a probe throws.
  for (const name of detectors) assert.ok([name, 'none'].includes(chosen(name)), name);
  assert.throws(() => chosen('no such feature'), TypeError);
});

test('every binary but the one for any model fits the module that js/local_tagger.js imports', async () => {
  const glue = (name) => readFile(new URL(`../../js/pkg/${name}/tagdrop.js`, import.meta.url), 'utf8');
  const others = VARIANTS.map(({ name }) => name).filter((name) => name !== 'any-model');
  assert.ok(others.includes('simd'));
  for (const name of others) assert.equal(await glue(name), await glue('simd'), name);
});

/** Runs `body` in a browser of this language. */
async function speaking(language, body) {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { language }, configurable: true });
  try {
    return await body();
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before);
    else delete globalThis.navigator;
  }
}

const NAMED = Object.fromEntries(['de', 'en', 'pt', 'zh'].map((code) => [code, remote(code, `/${code}.tsv`)]));

test('the language is the one asked for, or the browser’s, or else English', async () => {
  for (const code in NAMED) server[`/${code}.tsv`] = code;
  const languages = new Languages(NAMED, false);
  assert.deepEqual(languages.locales, Object.keys(NAMED));
  const spoken = async (locale, browser = 'de-AT') => speaking(browser, async () => (await languages.load(locale)).locale);
  assert.equal(await spoken(undefined), 'de');
  assert.equal(await spoken(undefined, 'en-US@posix'), 'en', 'what is no language');
  for (const [asked, given] of [['pt-BR', 'pt'], ['zh-Hant-TW', 'zh'], ['cmn', 'zh'], ['DE', 'de'], ['sv', 'en']]) assert.equal(await spoken(asked), given);
  for (const wrong of ['', 'd', 'de_AT']) await assert.rejects(spoken(wrong), { code: 'invalid-options' }, wrong);
});

test('a language is loaded once, kept by its hash, and asked for again after a failure', async () => {
  server['/de.tsv'] = 404;
  const languages = new Languages(NAMED, true);
  await assert.rejects(languages.load('de'), { code: 'model-unavailable' });
  server['/de.tsv'] = 'de';
  const [first, second] = await languages.loadAll(['de', 'de-CH']);
  assert.equal(first, second);
  assert.equal(Buffer.from(first.names).toString(), 'de');
  await new Promise((resolve) => setTimeout(resolve));
  await new Languages(NAMED, true).load('de');
  assert.deepEqual(requests, ['/de.tsv', '/de.tsv']);
});

test('a model without a vocabulary has no languages', async () => {
  const none = new Languages({}, true);
  assert.deepEqual([none.locales, await none.load('de')], [[], {}]);
});
