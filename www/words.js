/** @import { ErrorCode, Stage } from './tagdrop/types.d.ts' */

/** Every sentence that depends on a code, in one place. */

/** @type {Record<Stage, string>} */
export const STAGES = {
  queued: 'Waiting its turn',
  download: 'Fetching',
  decode: 'Opening',
  inference: 'Looking',
  select: 'Choosing tags',
};

/**
 * What happened to a photo and what a person can do about it.
 * @type {Record<ErrorCode | 'no-confident-tag', { what: string, todo: string }>}
 */
const TROUBLES = {
  'no-confident-tag': { what: 'No tag is sure enough.', todo: 'Lower the confidence, or add a tag of your own.' },
  'unsupported-format': { what: 'This is not a kind of image Tagdrop can open.', todo: 'Save it as JPEG, PNG or WebP and drop that.' },
  'empty-file': { what: 'This file is empty.', todo: 'Copy it again from where it came from.' },
  'corrupt-image': { what: 'This image is damaged or cut short.', todo: 'If it opens elsewhere, save it anew and drop that copy.' },
  'image-too-large': { what: 'This image is larger than Tagdrop dares to open.', todo: 'Make a smaller copy and drop that.' },
  'fetch-failed': { what: 'This photo could not be fetched.', todo: 'Check the connection and try again.' },
  'model-unavailable': { what: 'The model could not be fetched.', todo: 'Check the connection and try again.' },
  'model-mismatch': { what: 'The model is not the file it should be.', todo: 'Forget everything stored (below) and reload.' },
  'invalid-options': { what: 'The settings were not understood.', todo: 'Reload the page; if it happens again, please report it.' },
  'invalid-source': { what: 'This is not something that can be tagged.', todo: 'Drop an image file.' },
  aborted: { what: 'You cancelled before this photo was tagged.', todo: 'Try again whenever you like.' },
  disposed: { what: 'Tagging ended before this photo was reached.', todo: 'Try again.' },
  'worker-crashed': {
    what: 'The worker crashed on this photo. A new one took over, and the other photos are not affected.',
    todo: 'Try again, or take this photo out.',
  },
  'breaker-open': { what: 'Tagging is switched off after too many crashes.', todo: 'Switch it on again at the top of the page.' },
  internal: { what: 'This is a mistake of ours, not of your photo.', todo: 'Please report it with the words below.' },
};

/**
 * @param {string} code An outcome; one that is not known here is a defect and said to be one.
 * @returns {{ what: string, todo: string }}
 */
export function trouble(code) {
  return Object.hasOwn(TROUBLES, code) ? TROUBLES[/** @type {keyof typeof TROUBLES} */ (code)] : TROUBLES.internal;
}

/** @param {number} n @param {string} one @param {string} [many] */
export function count(n, one, many = `${one}s`) {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

/** @param {number} share 0 to 1. */
export function percent(share) {
  return `${Math.round(share * 100)}%`;
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}

/** @param {string} path */
export function extension(path) {
  return /\.([a-z0-9]{1,5})$/i.exec(path)?.[1]?.toUpperCase() ?? 'FILE';
}
