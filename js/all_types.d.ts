/** Every type that the modules of this package name: the public ones, the messages', and their own, which its users never see. */
export type * from './types.d.ts';
export type * from './worker_messages.d.ts';

import type { CircuitBreaker } from './circuit_breaker.js';
import type { TagdropError } from './tagdrop_error.js';
import type { ImageInfo, Progress, SelectOptions, Stage, TagAllOptions, Tagger } from './types.d.ts';
import type { Assets, Binary, Names, PostedProgress, Question } from './worker_messages.d.ts';

/** A file that starting needs. Without a hash it is neither checked nor kept. */
export interface RemoteFile {
  url: string | URL;
  /** Lower-case hexadecimal. */
  sha256?: string;
  bytes?: number;
}

/** How files are loaded. */
export interface Loading {
  /** Whether to keep them. */
  cache: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** What writes them into the cache, for when there is time. */
  keep: (() => Promise<unknown>)[];
}

/** The files of a model, but for the languages of its vocabulary. */
export interface ModelFiles {
  manifest: RemoteFile;
  model: RemoteFile;
  concepts: RemoteFile;
}

/** The languages of a model's vocabulary, loaded as they are wanted. */
export interface NameLoader {
  locales: readonly string[];
  load(locale?: string): Promise<Names>;
  loadAll(locales: readonly string[]): Promise<Names[]>;
}

export type LoadFile = (
  file: RemoteFile,
  stage: 'wasm' | keyof ModelFiles | 'names',
  loading: Loading,
  options?: {
    /** Of files with one name the cache keeps the latest. Default: the stage. */
    name?: string;
    /** Is given a copy of each response while it streams in, before it is known to be right. */
    peek?: (response: Response) => void;
  },
) => Promise<ArrayBuffer>;

export interface PoolConfig {
  spawn: () => Worker;
  binary: Promise<Binary>;
  assets: Promise<Assets & Names>;
  options: SelectOptions;
  workers: number;
  /** 0 = never. */
  idleSeconds: number;
  breaker: CircuitBreaker;
}

/** How a question is asked. */
export interface Asking {
  /** Moved to the worker instead of cloned. */
  transfer?: Transferable[];
  signal?: AbortSignal;
  /** How urgent it is now: asked whenever a worker comes free. Default 0. */
  urgency?: () => number;
  onProgress?: (progress: PostedProgress) => void;
}

/** A question on its way. */
export interface Job extends Asking {
  id: number;
  question: Question;
  transfer: Transferable[];
  urgency: () => number;
  /** The photo, when it is a file. */
  file?: Blob;
  /** The worker that was told to read the file ahead. */
  reader?: Slot;
  /** A photo has a worker to itself. Other questions are quick, and safe to ask twice. */
  isPhoto: boolean;
  /** Where the photo is, as far as the page knows. */
  stage: Progress['stage'];
  /** When it was asked, by performance.now(). */
  since: number;
  /** Milliseconds in the queue. */
  waited?: number;
  aborted?: boolean;
  /** The worker that has it. */
  slot?: Slot;
  answer: Promise<any>;
  resolve: (value: any) => void;
  reject: (error: TagdropError) => void;
}

/** A worker and what it has been asked. */
export interface Slot {
  /** Missing when it could not even be constructed. */
  worker?: Worker;
  /** Its network is warm. */
  ready: boolean;
  jobs: Map<number, Job>;
  photo?: Job;
  idle?: ReturnType<typeof setTimeout>;
  /** Ends its start. */
  refuse: (error: TagdropError) => void;
}

/** Pixels that the browser gave, upright. */
export interface Decoded {
  width: number;
  height: number;
  data: Uint8Array | Uint8ClampedArray;
  /** What they were in their file, of which they may be a scaled picture. */
  image?: Omit<ImageInfo, 'decodedBy'>;
}

export type TagAll = (
  tagger: Pick<Tagger, 'model' | 'tag'>,
  sources: Parameters<Tagger['tagAll']>[0],
  options: TagAllOptions,
  defaultPending: number,
) => ReturnType<Tagger['tagAll']>;

/** Milliseconds. */
export type Timings = Partial<Record<Stage, number>>;

/** What `act.rs` can do with a log: the name of an act and what it takes. */
export type LogAct = Record<string, object>;

/** What came of it; `log` if it is another than before. */
export interface LogDone {
  log?: string;
  answer: any;
}

/** The log of an image, empty text if there is none → another, if it changes. */
export type LogChange = (image: string, log: string) => string | undefined | void;
