/** @import { ImageSource, Progress, TagOptions } from './all_types.d.ts' */
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

/** What the callback throws shows in the console and stops nothing. @param {((about: any) => any) | undefined} callback @param {unknown} about */
function call(callback, about) {
  try {
    return callback?.(about);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
    return undefined;
  }
}

/** @param {TagOptions['onProgress']} onProgress @param {Progress} progress */
export const report = (onProgress, progress) => void call(onProgress, progress);

/** How urgent a photo is, whenever that is asked. @param {TagOptions['priority']} priority @param {ImageSource} source */
export const urgencyOf = (priority, source) => () => Number(typeof priority === 'function' ? call(priority, source) : priority) || 0;

/** Of several equally urgent the first. @template {{ urgency: () => number }} T @param {T[]} waiting */
export function mostUrgent(waiting) {
  let [most, highest] = [waiting[0], -Infinity];
  for (const each of waiting) {
    const urgency = each.urgency();
    if (urgency > highest) [most, highest] = [each, urgency];
  }
  return most;
}
