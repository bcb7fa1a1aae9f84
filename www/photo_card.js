/** @import { Photo, ShownTag } from './photo.js' */
import { copyOf } from './page.js';
import { fill, list, number, percent, texts } from './texts.js';
import { extension, trouble } from './words.js';

/** A class that would be read as 0 % explains nothing. */
const LEAST_SAID = 0.005;

/** One photo on the page: its picture, what became of it, and its tags on a thread. */
export class PhotoCard {
  /** @type {Map<string, HTMLElement>} */
  #chips = new Map();
  /** @type {string | undefined} */
  #pictureUrl;

  /** @param {Photo} photo */
  constructor(photo) {
    this.photo = photo;
    this.element = copyOf('photo-card');
    this.element.dataset.photo = photo.id;
    this.#part('.card-name').textContent = photo.file.name;
    this.#part('.card-name').title = photo.path;
    this.refresh();
  }

  /** @param {string} selector @returns {HTMLElement} */
  #part(selector) {
    return /** @type {HTMLElement} */ (this.element.querySelector(selector));
  }

  /** Asked for when the card comes near the window: a URL for each of a thousand files costs more than their cards. */
  showPicture() {
    this.#pictureUrl = URL.createObjectURL(this.photo.file);
    const picture = /** @type {HTMLImageElement} */ (this.#part('.print img'));
    picture.addEventListener('load', () => this.letGo());
    picture.addEventListener('error', () => {
      this.letGo();
      picture.hidden = true;
      const standIn = this.#part('.stand-in');
      standIn.hidden = false;
      standIn.textContent = extension(this.photo.path);
    });
    picture.src = this.#pictureUrl;
  }

  /** The picture holds its own data once it is loaded; until then the URL keeps the whole file alive. */
  letGo() {
    if (this.#pictureUrl) URL.revokeObjectURL(this.#pictureUrl);
  }

  refresh() {
    const { photo, element } = this;
    const file = photo.file.name;
    this.#part('.card-remove').setAttribute('aria-label', fill(texts.takeOut, { file }));
    this.#part('.tags').setAttribute('aria-label', fill(texts.tagsOf, { file }));
    element.dataset.stage = photo.stage;
    if (photo.outcome) element.dataset.outcome = photo.outcome;
    else delete element.dataset.outcome;
    this.#part('.card-facts').textContent = facts(photo);
    this.#refreshTrouble();
    this.#refreshTags(photo.tags());
  }

  #refreshTrouble() {
    const { photo } = this;
    const box = this.#part('.card-trouble');
    const undecided = photo.outcome === 'no-confident-tag' && !photo.tags().length;
    box.hidden = !photo.failed && !undecided;
    if (box.hidden) return;
    const { what, todo } = trouble(photo.outcome ?? 'internal');
    this.#part('.trouble-what').textContent = what;
    this.#part('.trouble-do').textContent = todo;
    const said = photo.result?.error?.message ?? '';
    const detail = /** @type {HTMLDetailsElement} */ (this.#part('.trouble-detail'));
    detail.hidden = !said || photo.outcome === 'aborted';
    // Whoever is asked to report the words must see them.
    detail.open ||= photo.outcome === 'internal';
    this.#part('.trouble-detail p').textContent = said;
    this.#part('[data-act="retry"]').hidden = !photo.canTryAgain;
  }

  /** Keeps the elements of tags that stay, so that neither focus nor a screen reader's place is lost. @param {ShownTag[]} tags */
  #refreshTags(tags) {
    const list = this.#part('.tags');
    // A photo that cannot be opened has nothing to hang a tag on.
    list.hidden = this.photo.failed && !tags.length;
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const staying = new Set(tags.map(({ id }) => id));
    for (const [id, chip] of this.#chips) {
      if (staying.has(id)) continue;
      chip.remove();
      this.#chips.delete(id);
    }
    tags.forEach((tag, at) => {
      const chip = this.#chips.get(tag.id) ?? this.#hang(tag.id);
      if (list.children[at] !== chip) list.insertBefore(chip, list.children[at] ?? null);
      letter(chip, tag, `why-${this.photo.id}-${tag.id}`);
    });
    if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement) focused.focus();
    const bodies = /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('.tag-body'));
    if (bodies[0] && ![...bodies].some(({ tabIndex }) => tabIndex === 0)) bodies[0].tabIndex = 0;
  }

  /** @param {string} id */
  #hang(id) {
    const chip = copyOf('tag-chip');
    chip.dataset.tagId = id;
    this.#chips.set(id, chip);
    return chip;
  }
}

/** @param {HTMLElement} chip @param {ShownTag} tag @param {string} whyId */
function letter(chip, tag, whyId) {
  const { name, confidence, state } = tag;
  const sure = confidence === undefined ? '' : percent(confidence);
  chip.dataset.state = state;
  chip.style.setProperty('--confidence', sure || '100%');
  /** @param {string} selector @param {string} text */
  const write = (selector, text) => {
    const part = /** @type {HTMLElement} */ (chip.querySelector(selector));
    if (part.textContent !== text) part.textContent = text;
  };
  write('.tag-name', name);
  write('.tag-confidence', sure);
  write('.tag-said', `, ${texts.state[state]}`);
  write('.tag-why', why(tag));
  chip.querySelector('.tag-why')?.setAttribute('id', whyId);
  if (tag.why) chip.querySelector('.tag-body')?.setAttribute('aria-describedby', whyId);
  const back = state === 'rejected';
  chip.querySelector('.tag-cut')?.setAttribute('aria-label', fill(back ? texts.bringBack : texts.removeTag, { name }));
  chip.querySelector('.tag-cut use')?.setAttribute('href', back ? '#icon-again' : '#icon-cross');
}

/** Why the model gave the tag; nothing of a person's own. @param {ShownTag} tag */
function why({ why, parents }) {
  const rule = why && /** @type {Record<string, string>} */ (texts.why)[why.rule];
  if (!rule) return '';
  const telling = why.classes.filter(({ confidence }) => confidence >= LEAST_SAID);
  const classes = list(telling.map(({ name, confidence }) => `${name} ${percent(confidence)}`));
  const said = [fill(rule, { classes, threshold: percent(why.threshold) })];
  if (parents.length) said.push(fill(texts.why.parents, { parents: list(parents.map(({ name }) => name)) }));
  return said.join(' ');
}

/** The line under the name: its stage, later its size and the time it took, waiting not counted. @param {Photo} photo */
function facts(photo) {
  if (photo.stage !== 'done') return texts.stages[photo.stage];
  const { image, timings } = photo.result ?? {};
  const parts = [];
  if (image) parts.push(`${image.width} × ${image.height}`, image.format.toUpperCase());
  const { decode = 0, inference = 0, select = 0 } = timings ?? {};
  const spent = decode + inference + select;
  if (spent) parts.push(`${number(spent, spent < 10 ? 1 : 0)} ms`);
  return parts.join(' · ');
}
