/**
 * Everything public of the package `tagdrop`, in one place. The JavaScript modules import these types by JSDoc, and
 * `tests/js/public_types.ts` holds what `index.js` exports equal to what is declared here; `tests/it/tidy.rs` holds
 * `ErrorCode` equal to the list in `src/error.rs`.
 */

/** Loads the wasm module and the model, starts the workers, and resolves when the first of them can work. */
export function createTagger(options?: TaggerOptions): Promise<Tagger>;

/**
 * Opens the log of what people decide about tags, in this browser's IndexedDB. It needs no tagger, loads the wasm module's rules when first
 * called, and works in memory where nothing can be stored.
 */
export function openDecisionLog(options?: DecisionLogOptions): Promise<DecisionLog>;

/** Deletes everything the package keeps in this browser to start sooner: the model, its manifest and the wasm module. Decisions stay. */
export function forgetStored(): Promise<void>;

/** Every error the package throws. */
export class TagdropError extends Error {
  constructor(code: ErrorCode, message: string, options?: ErrorOptions);
  readonly code: ErrorCode;
}

/** Of the package. */
export const VERSION: string;

/** Stable, kebab-case. Branch on these, never on a message. */
export type ErrorCode =
  /** The bytes are none of the image formats read here; the message names what was recognised, if anything. */
  | 'unsupported-format'
  /** The file has no bytes. */
  | 'empty-file'
  /** The bytes start like an image but cannot be decoded to the end. */
  | 'corrupt-image'
  /** Bytes, edge or pixel count are beyond the limits in `src/limits.rs`. */
  | 'image-too-large'
  /** An image given by URL could not be downloaded, or a File can no longer be read. */
  | 'fetch-failed'
  /** The model, its manifest or the wasm module could not be downloaded. */
  | 'model-unavailable'
  /** The model file is not what its manifest says (hash, shapes, labels, operators), or the wasm module is another than the package's. */
  | 'model-mismatch'
  /** The file's own XMP or IPTC cannot be read, or not be added to without harm: keep its tags in a sidecar. */
  | 'unsupported-metadata'
  /** An option has a wrong name, type or range. */
  | 'invalid-options'
  /** `tag()` was given something that is not an image source. */
  | 'invalid-source'
  /** The caller's AbortSignal fired. Thrown as a `DOMException` named `AbortError` would be: `name` is `AbortError`. */
  | 'aborted'
  /** The tagger was used after `dispose()`. */
  | 'disposed'
  /** The worker died on this file; it has been replaced and the next file works. (With `worker: false` there is nothing to replace.) */
  | 'worker-crashed'
  /** Too many workers died in a short time; tagging is off until `resetBreaker()`. */
  | 'breaker-open'
  /** A defect of ours. Please report it with the message. */
  | 'internal';

/** What became of one image: a success, or the code of what was wrong with this file. */
export type Outcome = 'tagged' | 'no-confident-tag' | ErrorCode;

export interface Tag {
  /** Stable and language-free: a WordNet 3.0 synset such as `n02123045`, or `tagdrop:` and a name where WordNet lacks the concept. */
  id: string;
  /** For people, in the tagger's language. */
  name: string;
  /** 0 to 1, calibrated; of a broader concept the sum of all below it. */
  confidence: number;
  /** `person`: a person gave it, and no run removes it. */
  source: 'local' | 'person';
  /** `accepted` from `acceptAllConfidence` on, a photo's surest tag from `acceptConfidence` on, else `suggested`. */
  state: 'suggested' | 'accepted';
  /** All that the tag rolls up to, nearest first. */
  parents: NamedConcept[];
  why: Why;
}

/** What a tag can be, and what it is called. */
export interface NamedConcept {
  id: string;
  name: string;
}

/** How a tag came about. */
export interface Why {
  /** `class`: the network says so; `broader`: the classes below it do together; `person`: a person; `earlier`: an earlier run. */
  rule: 'class' | 'broader' | 'person' | 'earlier';
  /** The confidence it needed. */
  threshold: number;
  /** The classes it was summed from, best first, at most three. */
  classes: (NamedConcept & { confidence: number })[];
}

export interface ImageInfo {
  /** Pixels, after EXIF orientation. */
  width: number;
  height: number;
  /** `jpeg`, `png`, `webp`, … or `pixels` for ImageData, ImageBitmap, canvas and image elements. */
  format: string;
  /**
   * `rust`: by this package, so the scores are the same in every browser. `browser`: pixels are what a browser made of the file (with
   * `decoder: 'fast'`; AVIF, HEIC and JPEG XL; and whatever was given as pixels).
   */
  decodedBy: 'rust' | 'browser';
}

export interface TagResult {
  outcome: Outcome;
  /** Best first; empty unless the outcome is `tagged`. */
  tags: Tag[];
  /** Present when the outcome is an error code. */
  error?: { code: ErrorCode; message: string };
  /** Present when the image was decoded. */
  image?: ImageInfo;
  /** One raw score (logit) a class, in class order; present when the network ran. Give it to `select()`. */
  scores?: Float32Array;
  /** The model that answered: `id@version`. */
  model: string;
  /** Milliseconds spent in each stage, as the worker saw it. */
  timings?: Partial<Record<Stage, number>>;
}

/** One of `tagAll`'s results: which file it belongs to, in order of completion. */
export interface IndexedTagResult extends TagResult {
  index: number;
  source: ImageSource;
}

export type ImageSource =
  | File | Blob | ArrayBuffer | Uint8Array | URL | string
  | ImageBitmap | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | ImageData;

/** Where a photo is on its way. */
export type Stage = 'queued' | 'download' | 'decode' | 'inference' | 'select';

/** Downloads: `stage` is `wasm`, `model`, `manifest`, `concepts` or `names` while starting and `download` for an image given by URL. Bytes. */
export interface Progress {
  stage: 'wasm' | 'model' | 'manifest' | 'concepts' | 'names' | Stage;
  /** Bytes so far; for stages that are not downloads 0. */
  loaded: number;
  /** Bytes in all, or 0 when the server does not say. */
  total: number;
  /** The photo this is about, when it is about one (`tag` and `tagAll`). */
  source?: ImageSource;
}

/** What decides which scores become tags. Changing these never runs the network again. */
export interface SelectOptions {
  /** At most this many tags, best first; 0 = no limit. Default 5. */
  maxTags?: number;
  /** Tags below are not shown. 0 to 1, default 0.15. */
  minConfidence?: number;
  /** The surest tag of a photo is `accepted` from here on. 0 to 1, default 0.55. */
  acceptConfidence?: number;
  /** Every tag is `accepted` from here on, below `suggested`: a photo's tags stand and fall together. 0 to 1, default 0.80. */
  acceptAllConfidence?: number;
  /** Tags below this share of the best one are dropped. 0 to 1, default 0.25. */
  relativeCut?: number;
  /** Instead of `minConfidence`, by id. */
  thresholds?: Record<string, number>;
  /**
   * Ids or names of what is shown even if a wider entry of `deny` names it. `dog/*` means dogs and all below. Of several entries that
   * concern a tag the nearest decides, and of two equally near ones `deny`.
   */
  allow?: string[];
  /** Ids or names of what is never shown, written like `allow`. */
  deny?: string[];
  /** Show nothing that `allow` does not name. Default false. */
  onlyAllowed?: boolean;
  /** Ids that a person rejected on this picture (`DecisionLog.rejected`): neither shown nor named as parents. Unknown ones do no harm. */
  rejected?: string[];
}

/** Of a tagger, at any time. */
export interface ChangeableOptions extends SelectOptions {
  /**
   * The language of names, as BCP 47 has it (`de`, `pt-BR`): the tagger's `locales` nearest to it, or else English. Default: the
   * browser's. Ids stay, and the network does not run. A model of one's own has its labels only.
   */
  locale?: string;
}

export interface TaggerOptions extends ChangeableOptions {
  /** Number of workers. Default min(cores - 1, 4), at least 1. */
  workers?: number;
  /** How many worker deaths within `relaunchSeconds` are forgiven. Default 5. */
  maxRelaunches?: number;
  /** Seconds. Default 60. */
  relaunchSeconds?: number;
  /** A worker without work for so long is ended; the next photo starts one. Seconds, default 60; 0 = never. */
  idleSeconds?: number;
  /** Where the worker script is, for bundlers that do not follow `new URL('./worker.js', import.meta.url)`, or on another origin. */
  workerUrl?: string | URL;
  /** Where the wasm binary is. It is then neither checked nor kept: its hash is not known. */
  wasmUrl?: string | URL;
  /** A model's manifest.json; the model file lies beside it and must have the hash it says. Default: the model in the package. */
  modelUrl?: string | URL;
  /** `false`: run in this thread, without a worker; the page stands still meanwhile, and a trap is final. Default true. */
  worker?: boolean;
  /**
   * `fast`: leaves large JPEGs (Chromium) and lossy WebP to the browser's decoder where that is faster; the tags of some photos
   * then differ a little. Resizing stays ours. Default `rust`, the same in every browser.
   */
  decoder?: 'rust' | 'fast';
  /** `false`: keep nothing in the Cache API. Default true. */
  cache?: boolean;
  onProgress?: (progress: Progress) => void;
  /** Aborts the start. */
  signal?: AbortSignal;
}

export interface TagOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /**
   * Of the photos that wait, those of the highest priority come first, and among equals the first asked for. A function is asked
   * anew whenever a worker comes free, so that it can follow what is on screen. Default 0.
   */
  priority?: number | ((source: ImageSource) => number);
}

/** `priority` is that of each photo; sources are pulled in their own order. */
export interface TagAllOptions extends TagOptions {
  /** How many photos may be in work or finished and not yet taken by the caller. Default 3 a worker. */
  maxPending?: number;
}

export interface Tagger {
  /** The model that answers: `id@version`. */
  readonly model: string;
  /** The language of names; empty for a model of one's own. */
  readonly locale: string;
  /** All languages there are. */
  readonly locales: readonly string[];
  /** Rejects only for misuse (`invalid-source`, `invalid-options`, `disposed`) and abort; a bad file is an outcome. */
  tag(source: ImageSource, options?: TagOptions): Promise<TagResult>;
  /**
   * Yields in order of completion. Sources are pulled as room comes free, so a generator of 10 000 files is fine. What is not an
   * image source gets the outcome `invalid-source`. Leaving the loop aborts the rest.
   */
  tagAll(sources: Iterable<ImageSource> | AsyncIterable<ImageSource>, options?: TagAllOptions): AsyncGenerator<IndexedTagResult>;
  /**
   * Chooses tags from kept scores, with these options over the tagger's own. Does not run the network, and does not wait for photos
   * in the queue.
   */
  select(scores: Float32Array, options?: SelectOptions): Promise<Tag[]>;
  /**
   * Partial; an option set to `undefined` goes back to its default. A new `locale` loads its names, if they have not been; names in
   * the options are of that language then, and go on to mean the same in another.
   */
  setOptions(options: ChangeableOptions): Promise<void>;
  /**
   * The concepts that words may mean, best first; case and accents do not matter. A photo shows one of them if the `id` of a tag or of
   * one of its `parents` is among them. `locales`: the languages to look in, each loaded when it is first wanted; default the tagger's.
   */
  search(words: string, options?: { locales?: readonly string[] }): Promise<NamedConcept[]>;
  /** What these ids are called now, by id; those that are no concepts are left out. */
  names(ids: readonly string[]): Promise<Record<string, string>>;
  /** Diagnostic: bytes of wasm memory, which never shrinks, in the worker that holds most; 0 when all have been ended. */
  wasmMemoryBytes(): Promise<number>;
  /** Closes the circuit breaker after `breaker-open`. */
  resetBreaker(): void;
  /** Ends every worker. What is in flight rejects with `disposed`. */
  dispose(): void;
}

export interface DecisionLogOptions {
  /** Of the database, and what tabs call each other by. Default `tagdrop-decisions`. */
  name?: string;
  /** Asks the browser never to evict what this site stores; some ask the person. Default false. */
  persistent?: boolean;
  /** As a tagger's. */
  wasmUrl?: string | URL;
  /** As a tagger's. */
  cache?: boolean;
  /** Another tab changed the decisions about these images (none named: about any), or there is more or less that could not be stored. */
  onChange?: (change: { images: string[]; unsaved: number }) => void;
}

/** `own`: a person gave the tag; `cleared`: they take back what they decided. */
export type PersonsDecision = 'accepted' | 'rejected' | 'own' | 'cleared';

export interface DecisionLogRun {
  /** The host's name for it, by which it is undone. */
  id: string;
  /** The model that answered: `id@version`. */
  model: string;
  /** `update` (default): earlier tags stay; `replace`: they go unless found again; `untagged`: images that have tags are left alone. */
  mode?: 'update' | 'replace' | 'untagged';
}

/**
 * What people and runs decided, by image and tag. An image is named by any hash of the picture that its metadata do not change. People's
 * word counts more than the machine's; of several the latest, and a tie rejects. All tabs of a site share it.
 */
export interface DecisionLog {
  /** How many images have decisions that could not be stored, for want of room or of a database. They are written with the next change. */
  readonly unsaved: number;
  /** A person's. For a word that is no concept's use the id `person:` and the word. */
  decide(image: string, tag: string, decision: PersonsDecision, about?: { name?: string; model?: string; run?: string }): Promise<void>;
  /** Writes down what a run gives an image; the image's tags, as `apply` gives them. */
  remember(image: string, tags: Tag[], run: DecisionLogRun): Promise<Tag[]>;
  /** An image's tags: people's, then of those just selected the ones not rejected, then those of earlier runs. */
  apply(image: string, tags?: Tag[]): Promise<Tag[]>;
  /** Ids for `SelectOptions.rejected`, so that others come in their place. */
  rejected(image: string): Promise<string[]>;
  /** Whether it has an accepted tag, be it by a person or by a run. */
  isTagged(image: string): Promise<boolean>;
  /** Withdraws what a run gave and no person accepted; how many tags. */
  undo(run: string): Promise<number>;
  /** Withdraws what all runs gave and no person accepted; how many tags. */
  removeAutomatic(): Promise<number>;
  /** Makes people's what runs have accepted; how many tags. */
  makePermanent(): Promise<number>;
  /** Everything as JSON, schema `tagdrop/decisions@1`. */
  export(): Promise<string>;
  /** Merges such JSON in. */
  import(json: string): Promise<void>;
  /** Forgets everything. */
  clear(): Promise<void>;
  close(): void;
}
