/** @import { Ahead, Answer, Binary, Reply, Request } from './all_types.d.ts' */
// Those named for nothing else are fetched at once with the first instead of after it.
import './caller.js';
import './image_source.js';
import { LocalTagger } from './local_tagger.js';
import './pkg/simd/tagdrop.js';
import './tag_all.js';
import { encodeError, TagdropError } from './tagdrop_error.js';

/** @type {ReturnType<typeof LocalTagger.prepare> | undefined} */
let prepared;

/** Made by the request `start`. @type {Promise<LocalTagger>} */
let tagger;

/** The photos in work, by the id of their request. @type {Map<number, AbortController>} */
const aborts = new Map();

/** The file that is read ahead. @type {Ahead | undefined} */
let next;

/** @param {Reply} reply */
const post = (reply) => postMessage(reply);

/** While the model comes in: what fails now fails again, and is said, at the start. @param {Binary} binary */
function prepare(binary) {
  prepared = LocalTagger.prepare(binary);
  prepared.then(({ glue }) => glue.warmUp()).catch(() => {});
}

/** @param {Exclude<Request, { type: 'abort' | 'prepare' }>} request @returns {Promise<Answer>} */
async function answer(request) {
  if (request.type === 'start') tagger = LocalTagger.create(request, request.options, prepared);
  const local = await tagger;
  switch (request.type) {
    case 'start':
      return local.about;
    case 'tag':
      return tag(local, request);
    case 'select':
      return local.select(request.scores, request.options);
    case 'set-options':
      return local.change(request.options, request);
    case 'search':
      return local.find(request.words, request.names);
    case 'names':
      return local.names(request.ids);
    case 'memory':
      return local.wasmMemoryBytes();
  }
}

/** @param {LocalTagger} local @param {Extract<Request, { type: 'tag' }>} request */
async function tag(local, { id, ahead, ...request }) {
  const source = next?.id === id ? next.file : request.source;
  if (ahead) {
    next = ahead;
    local.readAhead(ahead.file);
  }
  const abort = new AbortController();
  aborts.set(id, abort);
  try {
    const result = await local.tag(source, {
      signal: abort.signal,
      onProgress({ stage, loaded, total }) {
        // The queue is the page's.
        if (stage !== 'queued') post({ type: 'progress', id, stage, loaded, total });
      },
    });
    if (result.error?.code === 'worker-crashed') throw new TagdropError(result.error.code, result.error.message);
    return result;
  } finally {
    aborts.delete(id);
    if (source instanceof ImageBitmap) source.close();
  }
}

addEventListener('message', async (/** @type {MessageEvent<Request>} */ { data: request }) => {
  if (request.type === 'prepare') return prepare(request);
  const { id } = request;
  if (request.type === 'abort') return aborts.get(id)?.abort();
  try {
    post({ type: 'done', id, value: await answer(request) });
  } catch (thrown) {
    const error = encodeError(thrown);
    post({ type: error.code === 'worker-crashed' ? 'trapped' : 'failed', id, error });
  }
});
