/** @import { ErrorCode, PostedError, TagResult } from './all_types.d.ts' */

/** Every error this package throws. Branch on `code`; the message is for people. */
export class TagdropError extends Error {
  /** @param {ErrorCode} code @param {string} message @param {ErrorOptions} [options] */
  constructor(code, message, options) {
    super(message, options);
    this.name = code === 'aborted' ? 'AbortError' : 'TagdropError';
    /** @readonly */
    this.code = code;
  }
}

/** The wasm module's errors have a code; traps and stack overflows have none, and spend the instance. @param {any} thrown */
export function toTagdropError(thrown) {
  if (thrown instanceof TagdropError) return thrown;
  const { name, code, message = String(thrown) } = thrown ?? {};
  const trapped = thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError || name === 'InternalError';
  const known = typeof code === 'string' ? code : trapped ? 'worker-crashed' : name === 'AbortError' ? 'aborted' : 'internal';
  return new TagdropError(/** @type {ErrorCode} */ (known), message, { cause: thrown });
}

/** @param {unknown} thrown @returns {PostedError} */
export function encodeError(thrown) {
  const { code, message } = toTagdropError(thrown);
  return { code, message };
}

/** @param {PostedError} error */
export const decodeError = ({ code, message }) => new TagdropError(code, message);

/** @param {TagdropError} error @param {string} model @returns {TagResult} */
export const outcomeOf = (error, model) => ({ outcome: error.code, tags: [], error: encodeError(error), model });

/** `tag()` rejects for misuse and abort; anything else is what became of the file. @param {unknown} thrown @param {string} model */
export function outcomeOrThrow(thrown, model) {
  const error = toTagdropError(thrown);
  if (['invalid-source', 'invalid-options', 'aborted', 'disposed'].includes(error.code)) throw error;
  return outcomeOf(error, model);
}
