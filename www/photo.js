/** @import { Outcome, Stage, Tag, TagResult } from './tagdrop/types.d.ts' */

/**
 * What a person sees and takes home: a tag of the model with its state, or one of their own.
 * @typedef {Pick<Tag, 'id' | 'name' | 'parents'> & { confidence?: number, state: ShownState, why?: Tag['why'] }} ShownTag
 * @typedef {'suggested' | 'accepted' | 'rejected' | 'yours'} ShownState
 */

/** Outcomes that a second try can change; the others are in the file itself. */
const WORTH_ANOTHER_TRY = new Set(['aborted', 'breaker-open', 'disposed', 'fetch-failed', 'internal', 'worker-crashed']);

/** One photo: what the model says of it, what a person decided, and the one list that follows from both. */
export class Photo {
  static #made = 0;

  id = `${++Photo.#made}`;
  /** @type {Stage | 'done'} */
  stage = 'queued';
  /** @type {TagResult | undefined} */
  result;
  /** The model's tags under the present settings, best first. @type {Tag[]} */
  #suggested = [];
  /**
   * A person's word on the model's tags, by id. Kept with the tag: settings may take it from the suggestions.
   * @type {Map<string, { tag: Tag, verdict: Tag['state'] | 'rejected' }>}
   */
  #verdicts = new Map();
  /** A person's own tags by id, oldest first. @type {Map<string, ShownTag>} */
  #own = new Map();

  /**
   * @param {File} file
   * @param {string} path Where the file lay within what was dropped, or its name.
   */
  constructor(file, path) {
    this.file = file;
    this.path = path;
  }

  /** @returns {Outcome | undefined} Undefined until the model has answered. */
  get outcome() {
    if (!this.scores) return this.result?.outcome;
    return this.#suggested.length ? 'tagged' : 'no-confident-tag';
  }

  get scores() {
    return this.result?.scores;
  }

  get failed() {
    return this.result?.error !== undefined;
  }

  get canTryAgain() {
    return WORTH_ANOTHER_TRY.has(this.outcome ?? '');
  }

  /** Back to before the first look; what a person decided stays. */
  startOver() {
    this.stage = 'queued';
    this.result = undefined;
    this.#suggested = [];
  }

  /** @param {TagResult} result */
  take(result) {
    this.stage = 'done';
    this.result = result;
    this.#suggested = result.tags;
  }

  /** @param {Tag[]} tags Chosen anew from this photo's scores. */
  choose(tags) {
    this.#suggested = tags;
  }

  /**
   * The model's tags as it orders them, then the person's. What a person accepted or removed is listed even when the settings
   * no longer suggest it: a slider must not undo a decision.
   * @returns {ShownTag[]}
   */
  tags() {
    const shown = this.#suggested.map((tag) => this.#judged(tag));
    for (const { tag, verdict } of this.#verdicts.values()) {
      if (verdict !== 'suggested' && !this.#suggested.some(({ id }) => id === tag.id)) shown.push(this.#judged(tag));
    }
    return [...shown, ...this.#own.values()];
  }

  /** @param {Tag} tag @returns {ShownTag} */
  #judged({ state, ...tag }) {
    return { ...tag, state: this.#verdicts.get(tag.id)?.verdict ?? state };
  }

  /** The ids of all that is called something in the tags that were decided on. */
  *namedIds() {
    for (const { tag } of this.#verdicts.values()) for (const { id } of concepts(tag)) yield id;
  }

  /** Tags that were decided on, in another language; those that are suggested are chosen anew. @param {Record<string, string>} names */
  rename(names) {
    for (const verdict of this.#verdicts.values()) {
      verdict.tag = structuredClone(verdict.tag);
      for (const concept of concepts(verdict.tag)) concept.name = names[concept.id] ?? concept.name;
    }
  }

  /** Whether a tag is one of these or below one, or a person's own has these words. @param {Set<string>} ids @param {string} words */
  shows(ids, words) {
    return this.tags().some((tag) => {
      if (tag.state === 'rejected') return false;
      const own = tag.state === 'yours' && tag.name.toLowerCase().includes(words.toLowerCase());
      return own || [tag, ...tag.parents].some(({ id }) => ids.has(id));
    });
  }

  /**
   * What Enter does: accepts a suggestion, takes an acceptance back, brings a removed tag back.
   * @param {string} id
   */
  toggle(id) {
    const state = this.tags().find((tag) => tag.id === id)?.state;
    if (state === 'suggested') this.#judge(id, 'accepted');
    else if (state === 'accepted') this.#judge(id, 'suggested');
    else if (state === 'rejected') this.#bringBack(id);
  }

  /** To what the model said; where the settings no longer suggest it, asking for it back is accepting it. @param {string} id */
  #bringBack(id) {
    if (this.#suggested.some((tag) => tag.id === id)) this.#verdicts.delete(id);
    else this.#judge(id, 'accepted');
  }

  /**
   * Removes a tag, or brings a removed one back. Of the model's tags it is remembered; a person's own is simply gone.
   * @param {string} id
   */
  cut(id) {
    if (this.#own.delete(id)) return;
    if (this.#verdicts.get(id)?.verdict === 'rejected') this.#bringBack(id);
    else this.#judge(id, 'rejected');
  }

  acceptSuggestions() {
    for (const { id, state } of this.tags()) if (state === 'suggested') this.#judge(id, 'accepted');
  }

  /** Tags in a person's words, with commas or semicolons between them. @param {string} words */
  add(words) {
    for (const name of words.split(/[,;]/).map((word) => word.trim())) if (name) this.#addOne(name);
  }

  /** Words the model has used for this photo accept the model's tag, which has a stable id. @param {string} name */
  #addOne(name) {
    const same = this.tags().find((tag) => tag.name.toLowerCase() === name.toLowerCase());
    if (same?.state === 'yours') return;
    if (same) return this.#judge(same.id, 'accepted');
    const id = `yours:${name.toLowerCase()}`;
    this.#own.set(id, { id, name, parents: [], state: 'yours' });
  }

  /** @param {string} id @param {Tag['state'] | 'rejected'} verdict */
  #judge(id, verdict) {
    const tag = this.#suggested.find((suggested) => suggested.id === id) ?? this.#verdicts.get(id)?.tag;
    if (tag) this.#verdicts.set(id, { tag, verdict });
  }
}

/** All that is called something in a tag. @param {Tag} tag */
const concepts = (tag) => [tag, ...tag.parents, ...tag.why.classes];
