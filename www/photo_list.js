/** @import { Photo } from './photo.js' */
import { copyOf } from './page.js';
import { PhotoCard } from './photo_card.js';
import { fill, texts } from './texts.js';

/**
 * Cards on a sheet. Browsers lay out only the sheets near the window, so that a thousand photos cost no more than these; and one
 * sheet is what is made in one frame. Full rows at any number of columns from one to six.
 */
const SHEET = 60;

/** How far from the window a card gets its picture: about one more window. */
const NEAR = '800px';

/**
 * What a person does to a photo here; the caller changes the photo and asks for a refresh.
 * @typedef {object} Actions
 * @property {(photo: Photo, tagId: string) => void} onToggle
 * @property {(photo: Photo, tagId: string) => void} onCut
 * @property {(photo: Photo, words: string) => void} onAdd
 * @property {() => void} onTyping A tag is about to be typed.
 * @property {(photo: Photo) => void} onRetry
 * @property {(photo: Photo) => void} onRemove
 */

/** The list of photos: makes cards, gathers changes into one pass a frame, and turns clicks and keys into actions. */
export class PhotoList {
  #list;
  #actions;
  /** @type {Map<string, PhotoCard>} */
  #cards = new Map();
  /** @type {Photo[]} */
  #arriving = [];
  /** @type {Set<Photo>} */
  #changed = new Set();
  #frame = 0;
  /** What a search left. @type {(photo: Photo) => boolean} */
  #isFound = () => true;
  #nearby = new IntersectionObserver((entries) => this.#showPictures(entries), { rootMargin: NEAR });
  /** Ids of the photos in the window. @type {Set<string>} */
  #inWindow = new Set();
  #window = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const id = /** @type {HTMLElement} */ (target).dataset.photo ?? '';
      if (isIntersecting) this.#inWindow.add(id);
      else this.#inWindow.delete(id);
    }
  });

  /** @param {HTMLElement} list @param {Actions} actions */
  constructor(list, actions) {
    this.#list = list;
    this.#actions = actions;
    list.addEventListener('click', (event) => this.#click(event));
    list.addEventListener('keydown', (event) => this.#key(event));
    list.addEventListener('submit', (event) => this.#submit(event));
    list.addEventListener('focusin', ({ target }) => rove(/** @type {HTMLElement} */ (target)));
    list.addEventListener('focusout', ({ target }) => {
      /** @type {HTMLElement} */ (target).closest('.tag')?.removeAttribute('data-quiet');
      if (target instanceof HTMLInputElement && !target.value) closeForm(target, false);
    });
  }

  /** @param {Photo[]} photos */
  add(photos) {
    this.#arriving.push(...photos);
    this.#soon();
  }

  /** @param {Photo} photo */
  refresh(photo) {
    this.#changed.add(photo);
    this.#soon();
  }

  /** Every card anew, as the language changes. */
  refreshAll() {
    for (const { photo } of this.#cards.values()) this.refresh(photo);
  }

  /** Shows only these photos, now and as their tags change. @param {(photo: Photo) => boolean} isFound */
  filter(isFound) {
    this.#isFound = isFound;
    this.refreshAll();
  }

  /** @param {Photo} photo */
  isOnScreen({ id }) {
    return this.#inWindow.has(id);
  }

  /** @param {Photo[]} photos */
  remove(photos) {
    const gone = new Set(photos);
    /** @type {string | undefined} */
    let focusId;
    this.#arriving = this.#arriving.filter((photo) => !gone.has(photo));
    for (const { id } of photos) {
      const card = this.#cards.get(id);
      if (!card) continue;
      if (card.element.contains(document.activeElement)) focusId = this.#neighbour(id);
      card.letGo();
      for (const observer of [this.#nearby, this.#window]) observer.unobserve(card.element);
      this.#inWindow.delete(id);
      card.element.remove();
      this.#cards.delete(id);
    }
    this.#fillSheets();
    if (focusId === undefined) return;
    const next = this.#cards.get(focusId)?.element.querySelector('.card-remove');
    /** @type {HTMLElement} */ (next ?? this.#list).focus();
  }

  /** The photo after this one, or before it when it is the last. @param {string} id */
  #neighbour(id) {
    const ids = [...this.#cards.keys()];
    const at = ids.indexOf(id);
    return ids[at + 1] ?? ids[at - 1] ?? '';
  }

  /** Moves cards up into the gaps that others left. */
  #fillSheets() {
    for (const sheet of [...this.#list.children]) {
      for (let next; sheet.childElementCount < SHEET && (next = sheet.nextElementSibling); ) {
        if (next.firstElementChild) sheet.append(next.firstElementChild);
        else next.remove();
      }
      if (!sheet.childElementCount) sheet.remove();
    }
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#show();
    });
  }

  #show() {
    if (this.#arriving.length) this.#layOut();
    for (const photo of this.#changed) {
      const card = this.#cards.get(photo.id);
      if (card) card.element.hidden = !this.#isFound(photo);
      card?.refresh();
    }
    this.#changed.clear();
    if (this.#arriving.length) this.#soon();
  }

  /** Fills the last sheet, or begins one. */
  #layOut() {
    let sheet = this.#list.lastElementChild;
    if (!sheet || sheet.childElementCount >= SHEET) {
      sheet = Object.assign(document.createElement('ul'), { className: 'sheet' });
      sheet.setAttribute('aria-labelledby', 'album-title');
      this.#list.append(sheet);
    }
    for (const photo of this.#arriving.splice(0, SHEET - sheet.childElementCount)) {
      const card = new PhotoCard(photo);
      this.#cards.set(photo.id, card);
      card.element.hidden = !this.#isFound(photo);
      sheet.append(card.element);
      for (const observer of [this.#nearby, this.#window]) observer.observe(card.element);
    }
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #showPictures(entries) {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      this.#nearby.unobserve(target);
      this.#cards.get(/** @type {HTMLElement} */ (target).dataset.photo ?? '')?.showPicture();
    }
  }

  /** @param {EventTarget | null} target */
  #photoOf(target) {
    const card = /** @type {HTMLElement} */ (target).closest('[data-photo]');
    return card instanceof HTMLElement ? this.#cards.get(card.dataset.photo ?? '')?.photo : undefined;
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const photo = this.#photoOf(target);
    const button = /** @type {HTMLElement} */ (target).closest('[data-act]');
    if (!photo || !(button instanceof HTMLElement)) return;
    const tagId = tagIdOf(button);
    switch (button.dataset.act) {
      case 'accept': return this.#actions.onToggle(photo, tagId);
      case 'cut': return this.#cut(photo, button);
      case 'retry': return this.#actions.onRetry(photo);
      case 'remove-photo': return this.#actions.onRemove(photo);
      case 'open-add':
        this.#actions.onTyping();
        return openForm(button, photo.file.name);
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target instanceof HTMLInputElement) {
      if (event.key === 'Escape') closeForm(target, true);
      return;
    }
    const photo = this.#photoOf(target);
    if (!photo || !target.matches('.tag-body, .tag-cut, .add-open')) return;
    // Takes away what the tag says of itself, until it is visited again.
    if (event.key === 'Escape') target.closest('.tag')?.setAttribute('data-quiet', '');
    const stops = /** @type {HTMLElement[]} */ ([...target.closest('.tags')?.querySelectorAll('.tag-body, .add-open') ?? []]);
    const at = stops.findIndex((stop) => stop === target || stop === target.previousElementSibling);
    const to = destination(event.key, at, stops.length);
    if (to !== undefined) stops[to]?.focus();
    else if ((event.key === 'Delete' || event.key === 'Backspace') && target.closest('.tag')) this.#cut(photo, target);
    else return;
    event.preventDefault();
  }

  /**
   * A person's own tag disappears when cut: focus goes to its neighbour, not to the top of the page.
   * @param {Photo} photo
   * @param {HTMLElement} within
   */
  #cut(photo, within) {
    const chip = within.closest('.tag');
    if (chip instanceof HTMLElement && chip.dataset.state === 'yours' && chip.contains(document.activeElement)) {
      const neighbour = chip.nextElementSibling?.querySelector('.tag-body, .add-open:not([hidden]), input');
      /** @type {HTMLElement | null | undefined} */ (neighbour)?.focus();
    }
    this.#actions.onCut(photo, tagIdOf(within));
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const photo = this.#photoOf(event.target);
    const input = /** @type {HTMLElement} */ (event.target).querySelector('input');
    if (!photo || !input) return;
    this.#actions.onAdd(photo, input.value);
    input.value = '';
  }
}

/** @param {HTMLElement} within */
function tagIdOf(within) {
  const chip = within.closest('[data-tag-id]');
  return (chip instanceof HTMLElement && chip.dataset.tagId) || '';
}

/**
 * Where a key leads from stop `at` of `stops`; undefined for keys that lead nowhere.
 * @param {string} key
 * @param {number} at
 * @param {number} stops
 */
function destination(key, at, stops) {
  switch (key) {
    case 'ArrowDown':
    case 'ArrowRight':
      return at + 1;
    case 'ArrowUp':
    case 'ArrowLeft':
      return at - 1;
    case 'Home':
      return 0;
    case 'End':
      return stops - 1;
  }
}

/** A photo's tags are one stop of the Tab key, at the tag last visited. @param {HTMLElement} target */
function rove(target) {
  if (!target.matches('.tag-body')) return;
  const bodies = /** @type {NodeListOf<HTMLElement>} */ (target.closest('.tags')?.querySelectorAll('.tag-body'));
  for (const body of bodies) body.tabIndex = body === target ? 0 : -1;
}

/** @param {HTMLElement} button @param {string} name */
function openForm(button, name) {
  const form = copyOf('tag-form');
  button.after(form);
  button.hidden = true;
  const input = form.querySelector('input');
  input?.setAttribute('aria-label', fill(texts.newTag, { file: name }));
  input?.focus();
}

/** @param {HTMLInputElement} input @param {boolean} refocus */
function closeForm(input, refocus) {
  const form = /** @type {HTMLElement} */ (input.closest('form'));
  const button = /** @type {HTMLElement} */ (form.previousElementSibling);
  button.hidden = false;
  if (refocus) button.focus();
  form.remove();
}
