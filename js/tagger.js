/** @import { Assets, Loading, Names, SelectOptions, Tagger, TaggerOptions } from './all_types.d.ts' */
import { throwIfAborted, unlessAborted } from './caller.js';
import { CircuitBreaker } from './circuit_breaker.js';
import { addressOf } from './image_source.js';
import { Languages } from './languages.js';
import { loadModel } from './load_model.js';
import { chooseVariant, loadWasm } from './load_wasm.js';
import { MODEL, NAMES, VARIANTS } from './pkg/build.js';
import { readStartOptions } from './tagger_options.js';
import { WorkerPool } from './worker_pool.js';
import { spawnerOf, WorkerTagger } from './worker_tagger.js';

/** Milliseconds in which most first photos are done. */
const KEEP_AFTER = 2000;

/** The workers' scripts, the wasm module and the model load side by side. @param {TaggerOptions} [options] */
export async function createTagger(options = {}) {
  const { settings, select } = readStartOptions(options);
  const { signal, onProgress, cache } = settings;
  throwIfAborted(signal);
  const spawn = spawnerOf(settings.workerUrl);
  const stop = new AbortController();
  /** @type {Loading} */
  const loading = { cache, onProgress, signal: stop.signal, keep: [] };
  const languages = new Languages(settings.modelUrl ? {} : NAMES, cache);
  const { binary, assets } = load(settings, languages, loading);
  // Whoever waits for them hears of it; when the workers fail first nobody does.
  assets.catch(() => {});
  const breaker = new CircuitBreaker(settings.maxRelaunches, settings.relaunchSeconds);
  const pool = settings.worker && new WorkerPool({ ...settings, spawn, binary, assets, options: select, breaker });
  /** @type {Promise<Tagger>} */
  const started = pool ? pool.started.then(() => new WorkerTagger(pool, settings.workers, languages)) : startHere(assets, select, languages);
  try {
    const tagger = await unlessAborted(started, signal);
    // So that the next visit needs no network; the first photos come before.
    setTimeout(() => loading.keep.forEach((write) => write()), KEEP_AFTER);
    return tagger;
  } catch (error) {
    stop.abort();
    if (pool) pool.dispose();
    started.then(
      (late) => late.dispose(),
      () => {},
    );
    throw error;
  }
}

/**
 * The module by itself, and with all else.
 * @param {ReturnType<typeof readStartOptions>['settings']} settings @param {Languages} languages @param {Loading} loading
 */
function load({ wasmUrl, modelUrl, locale, decoder }, languages, loading) {
  const own = (async () => modelUrl && (await import('./own_model.js')).describeModel(addressOf(modelUrl, 'invalid-options'), loading))();
  const binary = own.then(async (own) => {
    const variant = chooseVariant(VARIANTS, own ? own.needs : []);
    const wasm = wasmUrl ? { url: addressOf(wasmUrl, 'invalid-options') } : variant;
    return { variant: variant.name, module: await loadWasm(wasm, loading) };
  });
  const files = own.then((own) => (own ? own.load() : loadModel(MODEL, loading)));
  const names = languages.load(locale, loading);
  return { binary, assets: Promise.all([binary, files, names]).then(([binary, files, names]) => ({ ...binary, ...files, ...names, decoder })) };
}

/** Only here does the page itself fetch the wasm module's glue. @param {Promise<Assets & Names>} assets @param {SelectOptions} options @param {Languages} languages */
async function startHere(assets, options, languages) {
  const [{ LocalTagger }, loaded] = await Promise.all([import('./local_tagger.js'), assets]);
  return Object.assign(await LocalTagger.create(loaded, options), { languages });
}
