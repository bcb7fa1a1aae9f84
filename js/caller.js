/** @import { Progress, TagOptions } from './all_types.d.ts' */
import { TagdropError } from './tagdrop_error.js';

/** @typedef {TagOptions['signal']} Signal */

/** @param {Signal} signal @returns {TagdropError} */
export function abortedBy(signal) {
  const cause = signal?.reason;
  return cause instanceof TagdropError ? cause : new TagdropError('aborted', 'Aborted by the caller.', { cause });
}

/** @param {Signal} signal */
export function throwIfAborted(signal) {
  if (signal?.aborted) throw abortedBy(signal);
}

/**
 * `promise`, but rejecting the moment a signal fires.
 * @template T @param {Promise<T>} promise @param {Signal[]} signals @returns {Promise<T>}
 */
export function unlessAborted(promise, ...signals) {
  return new Promise((resolve, reject) => {
    const settled = new AbortController();
    for (const signal of signals) {
      if (signal?.aborted) reject(abortedBy(signal));
      signal?.addEventListener('abort', () => reject(abortedBy(signal)), { signal: settled.signal });
    }
    promise.then(resolve, reject).finally(() => settled.abort());
  });
}

/** What the callback throws shows in the console and stops nothing. @param {TagOptions['onProgress']} onProgress @param {Progress} progress */
export function report(onProgress, progress) {
  try {
    onProgress?.(progress);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
