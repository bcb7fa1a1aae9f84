/** @import { Photo } from './photo.js' */
import { part } from './page.js';
import { count, fill, number, texts } from './texts.js';

const bar = part('album-bar', HTMLElement);
const how = part('how', HTMLElement);
const line = part('album-count', HTMLElement);
const acceptAll = part('accept-all', HTMLButtonElement);
const removeFailed = part('remove-failed', HTMLButtonElement);
const resume = part('resume', HTMLButtonElement);
const knownTags = part('known-tags', HTMLElement);

/**
 * What is in the album, and which buttons have something to do.
 * @param {Photo[]} photos
 * @param {boolean} working
 * @param {number} [found] How many a search left.
 */
export function showAlbumBar(photos, working, found) {
  const tags = keptTags(photos);
  const failed = photos.filter(isUnreadable).length;
  const parts = [count(photos.length, texts.photos), count(tags.length, texts.tags)];
  if (failed) parts.push(fill(texts.unreadable, { n: number(failed) }));
  if (found !== undefined) parts.push(fill(texts.found, { n: number(found) }));
  line.textContent = parts.join(' · ');
  document.body.toggleAttribute('data-album', photos.length > 0);
  bar.hidden = !photos.length;
  how.hidden = photos.length > 0;
  removeFailed.hidden = !failed;
  resume.hidden = working || !photos.some(({ outcome }) => outcome === 'aborted');
  acceptAll.disabled = !tags.some(({ state }) => state === 'suggested');
}

/** Offers every tag of the album while one is typed, so that the same thing gets the same word on each photo. @param {Photo[]} photos */
export function offerTags(photos) {
  const names = [...new Set(keptTags(photos).map(({ name }) => name))].sort();
  knownTags.replaceChildren(...names.map((value) => Object.assign(document.createElement('option'), { value })));
}

/** No second try will change it. @param {Photo} photo */
export function isUnreadable(photo) {
  return photo.failed && !photo.canTryAgain;
}

/** @param {Photo[]} photos */
function keptTags(photos) {
  return photos.flatMap((photo) => photo.tags()).filter(({ state }) => state !== 'rejected');
}
