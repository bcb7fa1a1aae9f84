/** @import { Photo } from './photo.js' */

/** Decimal places of a confidence outside: one ten-thousandth is finer than the model's honesty. */
const PLACES = 4;

/** Between several values of one cell. Typed tags are split at it, so that no name holds one. */
const JOIN = ';';

/** What a photo takes along: everything that is known and decided, and no pixel. @param {Photo} photo */
function record(photo) {
  return {
    file: photo.path,
    outcome: photo.outcome ?? null,
    error: photo.result?.error,
    model: photo.result?.model || undefined,
    image: photo.result?.image,
    tags: photo.tags().map(({ why, confidence, ...tag }) => ({ ...tag, confidence: confidence && Number(confidence.toFixed(PLACES)) })),
  };
}

/** @param {Photo[]} photos */
export function toJson(photos) {
  return JSON.stringify(photos.map(record), null, 2);
}

/** One row a photo, as RFC 4180 has it; the mark at the start makes Excel read UTF-8. @param {Photo[]} photos */
export function toCsv(photos) {
  const head = ['file', 'outcome', 'tag_ids', 'tag_names', 'confidences', 'states'];
  const rows = photos.map((photo) => {
    const { file, outcome, tags } = record(photo);
    /** @param {'id' | 'name' | 'confidence' | 'state'} key */
    const column = (key) => tags.map((tag) => tag[key] ?? '').join(JOIN);
    return [file, outcome ?? '', column('id'), column('name'), column('confidence'), column('state')];
  });
  return `\uFEFF${[head, ...rows].map((cells) => cells.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** A cell that a spreadsheet would run as a formula is led by an apostrophe, which makes it text. @param {string} text */
function cell(text) {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /["\r\n,;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {string} name @param {string} type @param {string} text */
export function download(name, type, text) {
  const href = URL.createObjectURL(new Blob([text], { type }));
  Object.assign(document.createElement('a'), { href, download: name }).click();
  // The download has taken the data over by the next minute; there is no event that says so.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
