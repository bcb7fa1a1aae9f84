/**
 * Everything that is said between the page and a worker. Each request but `prepare` has an id; each gets one `done`, `failed` or
 * `trapped` with that id, except `abort`, which names a `tag` request and hastens its answer. An Error's own fields do not survive being posted, so
 * errors cross as code and message.
 */
import type { ErrorCode, NamedConcept, Progress, SelectOptions, Tag, TagResult } from './types.d.ts';

/** A string is an absolute URL. */
export type PostedImage = Blob | ArrayBuffer | string | ImageBitmap | ImageData;

/** A compiled module, and which binary it is of. */
export interface Binary {
  variant: string;
  module: WebAssembly.Module;
}

/** What a worker is started from. The model is checked already. */
export interface Assets extends Binary {
  manifest: ArrayBuffer;
  model: ArrayBuffer;
  /** What its tags mean; a model without them has labels only. */
  concepts?: ArrayBuffer;
  decoder: 'rust' | 'fast';
}

/** What the concepts are called in one language. */
export interface Names {
  locale?: string;
  names?: ArrayBuffer;
}

/** What a worker says of itself. */
export interface About {
  /** `id@version`. */
  model: string;
  locale: string;
  /** All that are in force, in a spelling that does not depend on the language. */
  options: SelectOptions;
}

/** The photo that a worker will most likely be asked for next, as `id`: it may read the file while the one before is in wasm. */
export interface Ahead {
  id: number;
  file: Blob;
}

export type Question =
  | ({ type: 'start'; options: SelectOptions } & Assets & Names)
  | { type: 'tag'; source: PostedImage; ahead?: Ahead }
  | { type: 'select'; scores: Float32Array; options?: SelectOptions }
  | ({ type: 'set-options'; options: SelectOptions } & Names)
  | { type: 'search'; words: string; names: Names[] }
  | { type: 'names'; ids: string[] }
  | { type: 'memory' };

/** By the type of the question: of `start` and `set-options` what the worker is now, of `memory` bytes of wasm memory. */
export type Answer = About | TagResult | Tag[] | NamedConcept[] | Record<string, string> | number;

/** `prepare` comes before `start`, as soon as the module is there, and has no answer. */
export type Request = ((Question | { type: 'abort' }) & { id: number }) | ({ type: 'prepare' } & Binary);

export interface PostedError {
  code: ErrorCode;
  message: string;
}

export type Reply =
  | ({ type: 'progress'; id: number } & PostedProgress)
  | { type: 'done'; id: number; value: any }
  | { type: 'failed'; id: number; error: PostedError }
  /** The last word of a worker, which is then of no more use. */
  | { type: 'trapped'; id: number; error: PostedError };

/** The page knows which photo it is about. */
export type PostedProgress = Omit<Progress, 'source'>;
