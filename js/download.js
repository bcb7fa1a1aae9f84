/** @import { TagOptions } from './all_types.d.ts' */
import { abortedBy } from './caller.js';
import { MAX_FILE_BYTES } from './image_source.js';
import { readBody } from './load_model.js';
import { TagdropError } from './tagdrop_error.js';

/**
 * An image given by URL.
 * @param {string} url @param {TagOptions['signal']} signal @param {(loaded: number, total: number) => void} tell
 */
export async function download(url, signal, tell) {
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const total = Number(response.headers.get('content-length'));
    const refuse = (/** @type {number} */ bytes) => {
      if (bytes > MAX_FILE_BYTES) throw new TagdropError('image-too-large', `The image at ${url} has more than ${MAX_FILE_BYTES} bytes.`);
    };
    refuse(total);
    const bytes = await readBody(response, (loaded) => {
      refuse(loaded);
      tell(loaded, total);
    });
    return new Uint8Array(bytes);
  } catch (cause) {
    if (cause instanceof TagdropError) throw cause;
    if (signal?.aborted) throw abortedBy(signal);
    const advice = 'Is it there, and does its server allow this page to read it (CORS)?';
    throw new TagdropError('fetch-failed', `The image at ${url} could not be downloaded: ${cause}. ${advice}`, { cause });
  }
}
