/** @import { Assets, Loading, SelectOptions, Tagger, TaggerOptions } from './all_types.d.ts' */
import { throwIfAborted, unlessAborted } from './caller.js';
import { CircuitBreaker } from './circuit_breaker.js';
import { addressOf } from './image_source.js';
import { describeModel, loadModel } from './load_model.js';
import { chooseVariant, loadWasm } from './load_wasm.js';
import { MODEL, VARIANTS } from './pkg/build.js';
import { readStartOptions } from './tagger_options.js';
import { WorkerPool } from './worker_pool.js';
import { spawnerOf, WorkerTagger } from './worker_tagger.js';

/** The workers' scripts, the wasm module and the model load side by side. @param {TaggerOptions} [options] */
export async function createTagger(options = {}) {
  const { settings, select } = readStartOptions(options);
  const { signal, onProgress, cache } = settings;
  throwIfAborted(signal);
  const spawn = spawnerOf(settings.workerUrl);
  const stop = new AbortController();
  /** @type {Loading} */
  const loading = { cache, onProgress, signal: stop.signal, keep: [] };
  const assets = loadAssets(settings, loading);
  // Whoever waits for them hears of it; when the workers fail first nobody does.
  assets.catch(() => {});
  const breaker = new CircuitBreaker(settings.maxRelaunches, settings.relaunchSeconds);
  const pool = settings.worker && new WorkerPool({ ...settings, spawn, assets, options: select, breaker });
  /** @type {Promise<Tagger>} */
  const started = pool ? pool.started.then(() => new WorkerTagger(pool, settings.workers)) : startHere(assets, select);
  try {
    const tagger = await unlessAborted(started, signal);
    // So that the next visit needs no network; the first photo does not wait for it.
    for (const write of loading.keep) void write();
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

/** @param {ReturnType<typeof readStartOptions>['settings']} settings @param {Loading} loading @returns {Promise<Assets>} */
async function loadAssets({ wasmUrl, modelUrl, decoder }, loading) {
  const own = modelUrl && (await describeModel(addressOf(modelUrl, 'invalid-options'), loading));
  const variant = chooseVariant(VARIANTS, own ? own.needs : []);
  const wasm = wasmUrl ? { url: addressOf(wasmUrl, 'invalid-options') } : variant;
  const [module, files] = await Promise.all([loadWasm(wasm, loading), own ? own.load() : loadModel(MODEL, loading)]);
  return { variant: variant.name, module, decoder, ...files };
}

/** Only here does the page itself fetch the wasm module's glue. @param {Promise<Assets>} assets @param {SelectOptions} options */
async function startHere(assets, options) {
  const [{ LocalTagger }, loaded] = await Promise.all([import('./local_tagger.js'), assets]);
  return LocalTagger.create(loaded, options);
}
