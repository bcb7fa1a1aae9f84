/** @import { LoadFile, Loading, ModelFiles } from './all_types.d.ts' */
import { report } from './caller.js';
import { TagdropError, toTagdropError } from './tagdrop_error.js';

const CACHE = 'tagdrop';

/** The name behind an entry's hash only tells which are versions of one file. */
const BY_HASH = { ignoreSearch: true };

/** Missing in insecure pages, forbidden in sandboxed ones. */
function storage() {
  try {
    return globalThis.caches;
  } catch {
    return undefined;
  }
}

/** Holds a mark that something is kept: the cache itself takes long to say that it is empty. Workers have none. */
function marks() {
  try {
    return /** @type {any} */ (globalThis).localStorage;
  } catch {
    return undefined;
  }
}

/** How often all was forgotten: what was loaded before is not kept after it. */
let forgotten = 0;

/** Deletes everything this package keeps in the browser. */
export async function forgetStored() {
  forgotten++;
  marks()?.removeItem(CACHE);
  await storage()?.delete(CACHE);
}

/** From the cache when it is there and right, else from the network, to be kept for the next visit. @type {LoadFile} */
export async function loadFile({ url, sha256, bytes: size }, stage, { cache, signal, onProgress, keep }, { name = stage, peek } = {}) {
  const store = sha256 && cache ? storage() : undefined;
  const key = `/.tagdrop/sha256-${sha256}?${encodeURIComponent(name)}`;

  /** @param {Response} response */
  const read = (response) => {
    peek?.(response.clone());
    const { headers } = response;
    // The header has the compressed size.
    const total = size ?? (headers.has('content-encoding') ? 0 : Number(headers.get('content-length')));
    return readBody(response, onProgress && ((loaded) => report(onProgress, { stage, loaded, total })));
  };

  const opened = marks()?.getItem(CACHE) === null ? undefined : await store?.open(CACHE).catch(() => undefined);
  const stored = await opened?.match(key, BY_HASH).catch(() => undefined);
  if (stored) {
    const bytes = await read(stored).catch(() => new ArrayBuffer(0));
    if (await isRight(bytes, sha256)) return bytes;
    await opened?.delete(key, BY_HASH).catch(() => false);
  }

  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new TagdropError('model-unavailable', `${url} answered ${response.status}.`);
    const bytes = await read(response);
    if (!(await isRight(bytes, sha256))) throw new TagdropError('model-mismatch', `${url} is another file: its SHA-256 differs.`);
    const [type, since] = [response.headers.get('content-type') ?? '', forgotten];
    if (store) keep.push(async () => since === forgotten && keepFile(store, key, new Response(bytes, { headers: { 'content-type': type } })));
    return bytes;
  } catch (cause) {
    const error = toTagdropError(cause);
    if (error.code !== 'internal') throw error;
    throw new TagdropError('model-unavailable', `${url} could not be downloaded: ${error.message}`, { cause });
  }
}

/** Without a listener by the browser itself, which is faster. @param {Response} response @param {(loaded: number) => void} [tell] */
export async function readBody(response, tell) {
  if (!tell) return response.arrayBuffer();
  const chunks = [];
  let loaded = 0;
  tell(loaded);
  const reader = response.body?.getReader();
  try {
    for (let next; reader && !(next = await reader.read()).done; ) {
      chunks.push(next.value);
      tell((loaded += next.value.length));
    }
  } catch (error) {
    reader?.cancel().catch(() => {});
    throw error;
  }
  // A Blob of them would be written and read by another process.
  const bytes = new Uint8Array(loaded);
  for (const chunk of chunks.reverse()) bytes.set(chunk, (loaded -= chunk.length));
  return bytes.buffer;
}

/** Insecure pages cannot hash. @param {ArrayBuffer} bytes @param {string} [sha256] */
async function isRight(bytes, sha256) {
  if (!sha256 || !globalThis.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return sha256 === Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {CacheStorage} store @param {string} key @param {Response} response */
async function keepFile(store, key, response) {
  try {
    const opened = await store.open(CACHE);
    await opened.put(key, response);
    marks()?.setItem(CACHE, 'kept');
    const [path, name] = key.split('?');
    for (const { url } of await opened.keys()) if (url.endsWith(`?${name}`) && !url.includes(path)) await opened.delete(url);
  } catch {
    // No room: the next visit downloads again.
  }
}

/** The package's own model, of which all is known beforehand. @param {ModelFiles} files @param {Loading} loading */
export async function loadModel(files, loading) {
  /** @param {keyof ModelFiles} part */
  const load = (part) => loadFile(files[part], part, loading);
  const [manifest, model, concepts] = await Promise.all([load('manifest'), load('model'), load('concepts')]);
  return { manifest, model, concepts };
}
