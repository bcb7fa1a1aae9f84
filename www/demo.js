/** @import { Tagger, TagResult } from './tagdrop/types.d.ts' */
/** @import { Arrival } from './drop_zone.js' */
import { isUnreadable, offerTags, showAlbumBar } from './album_bar.js';
import { announce } from './announcer.js';
import { openDropZone } from './drop_zone.js';
import { download, toCsv, toJson } from './export.js';
import { NetworkProof } from './network_proof.js';
import { notify } from './notice.js';
import { bytesKept, forgetPage, keepPage, prepareOffline } from './offline.js';
import { onClick, part } from './page.js';
import { Photo } from './photo.js';
import { PhotoList } from './photo_list.js';
import { PhotoSearch } from './photo_search.js';
import { showProof } from './privacy_line.js';
import { Reselection } from './reselection.js';
import { captionSamples, layOutSamples, SAMPLES_URL } from './samples.js';
import { Settings } from './settings.js';
import { Status } from './status.js';
import { TaggingQueue } from './tagging_queue.js';
import { count, fill, language, megabytes, speak, texts, TEXTS_URL, wanted } from './texts.js';

/** @type {Set<Photo>} */
const album = new Set();
/** The settings a photo was handed over under, as `settings.version`. @type {WeakMap<Photo, number>} */
const startedUnder = new WeakMap();
/**
 * What needs the model; undefined until it is loaded.
 * @type {{ tagger: Tagger, queue: TaggingQueue, reselection: Reselection } | undefined}
 */
let engine;

const status = new Status();
const settings = new Settings(chooseAnew);
/** What the network is asked for because a person asks: samples, and the words of another language. */
const isAskedFor = (/** @type {string} */ url) => url.startsWith(SAMPLES_URL) || url.startsWith(TEXTS_URL) || url.endsWith('.tsv');
const proof = new NetworkProof(isAskedFor, showProof);
const languages = part('language', HTMLSelectElement);
const list = new PhotoList(part('photos', HTMLElement), {
  onToggle: (photo, tagId) => decide(photo, () => photo.toggle(tagId)),
  onCut: (photo, tagId) => decide(photo, () => photo.cut(tagId)),
  onAdd: (photo, words) => decide(photo, () => photo.add(words)),
  onTyping: () => offerTags([...album]),
  onRetry: (photo) => tagAgain([photo]),
  onRemove: (photo) => takeOut([photo]),
});

// Photos come and go

/** @param {Arrival[]} arrivals */
function takeIn(arrivals) {
  const photos = arrivals.map(({ file, path }) => new Photo(file, path));
  if (!photos.length) return;
  announce(fill(texts.added, { photos: count(photos.length, texts.photos) }));
  putIn(photos);
  engine?.queue.add(photos);
}

/** @param {Photo[]} photos */
function putIn(photos) {
  for (const photo of photos) album.add(photo);
  list.add(photos);
  showAlbumSoon();
}

/** @param {Photo[]} photos */
function takeOut(photos) {
  engine?.queue.forget(photos);
  for (const photo of photos) album.delete(photo);
  list.remove(photos);
  showAlbumSoon();
  notify(fill(texts.takenOut, { photos: count(photos.length, texts.photos) }), () => {
    putIn(photos);
    engine?.queue.add(photos.filter(({ stage }) => stage !== 'done'));
    chooseAnew();
  });
}

/** @param {Photo[]} photos */
function tagAgain(photos) {
  for (const photo of photos) {
    photo.startOver();
    refresh(photo);
  }
  engine?.queue.add(photos);
}

/** @param {string} outcome */
function photosWith(outcome) {
  return [...album].filter((photo) => photo.outcome === outcome);
}

// Tags come and change

/** @param {Photo} photo @param {TagResult} result */
function takeResult(photo, result) {
  photo.take(result);
  refresh(photo);
  if (result.outcome === 'breaker-open') part('breaker', HTMLElement).hidden = false;
  if (startedUnder.get(photo) !== settings.version) void unlessSwitchedOff(engine?.reselection.catchUp(photo, settings.options));
}

/** Tags under the present settings, for photos still to come and for those already looked at. */
function chooseAnew() {
  void unlessSwitchedOff(engine?.tagger.setOptions(settings.options));
  void unlessSwitchedOff(engine?.reselection.apply([...album], settings.options));
}

/**
 * While tagging is switched off nothing can be chosen: the banner says so, and its button chooses anew.
 * @param {Promise<void> | undefined} asked
 */
async function unlessSwitchedOff(asked) {
  try {
    await asked;
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code !== 'breaker-open') throw error;
  }
}

/** A person's decision, shown and said. @param {Photo} photo @param {() => void} change */
function decide(photo, change) {
  const before = new Map(photo.tags().map((tag) => [tag.id, tag]));
  change();
  for (const { id, name, state } of photo.tags()) {
    if (before.get(id)?.state !== state) announce(fill(texts.decided[state], { name }));
    before.delete(id);
  }
  for (const { name } of before.values()) announce(fill(texts.decided.rejected, { name }));
  refresh(photo);
}

// What is shown

/** @param {Photo} photo */
function refresh(photo) {
  list.refresh(photo);
  showAlbumSoon();
}

let albumFrame = 0;
function showAlbumSoon() {
  albumFrame ||= requestAnimationFrame(() => {
    albumFrame = 0;
    const photos = [...album];
    showAlbumBar(photos, engine?.queue.working ?? false, isFound && photos.filter(isFound).length);
  });
}

function showProgress() {
  if (!engine) return;
  const { working, done, all } = engine.queue;
  const stopped = working ? 0 : photosWith('aborted').length;
  if (working) status.working(done, all);
  else status.finished({ looked: done - stopped, stopped });
  showAlbumSoon();
}

async function showKept() {
  const bytes = await bytesKept();
  if (bytes) part('stored-bytes', HTMLElement).textContent = fill(texts.kept, { mb: megabytes(bytes) });
}

// Languages

/** The same page and the same tags in other words: ids stay, and no photo is looked at again. @param {string} to */
async function switchLanguage(to) {
  const before = language;
  try {
    await Promise.all([speak(to, true), engine?.tagger.setOptions({ locale: to })]);
  } catch {
    languages.value = before;
    await speak(before);
    return notify(texts.languageFailed);
  }
  sayEverythingAgain();
  await renameTags();
}

async function renameTags() {
  if (!engine) return;
  const photos = [...album];
  const names = await engine.tagger.names([...new Set(photos.flatMap((photo) => [...photo.namedIds()]))]);
  for (const photo of photos) photo.rename(names);
  list.refreshAll();
  await unlessSwitchedOff(engine.reselection.apply(photos, settings.options));
}

/** What the page has said in words of its own. Photos in work come with names of before, and are renamed as they come. */
function sayEverythingAgain() {
  settings.touch();
  status.sayAgain();
  showProof();
  captionSamples();
  void showKept();
  list.refreshAll();
  showAlbumSoon();
}

/** What a search left of the photos. @type {((photo: Photo) => boolean) | undefined} */
let isFound;

new PhotoSearch(
  (words) => engine?.tagger.search(words, { locales: engine.tagger.locales }) ?? Promise.resolve([]),
  (found) => {
    isFound = found;
    list.filter(found ?? (() => true));
    showAlbumSoon();
    const number = found && [...album].filter(found).length;
    if (number !== undefined) announce(count(number, texts.photos));
  },
  () => notify(texts.searchFailed),
);

// The start

/** @returns {Promise<typeof import('./tagdrop/index.js')>} Loaded late, through the service worker, so that it is there offline. */
function loadPackage() {
  return import('./tagdrop/index.js');
}

/** @param {Tagger} tagger */
function makeEngine(tagger) {
  const queue = new TaggingQueue(tagger, {
    onStart: (photo) => startedUnder.set(photo, settings.version),
    onStage: (photo, stage) => {
      photo.stage = stage;
      list.refresh(photo);
    },
    onResult: takeResult,
    onProgress: showProgress,
    isOnScreen: (photo) => list.isOnScreen(photo),
  });
  const reselection = new Reselection(tagger, (photo, tags) => {
    photo.choose(tags);
    refresh(photo);
  });
  return { tagger, queue, reselection };
}

async function start() {
  const began = performance.now();
  status.starting();
  try {
    await prepareOffline();
    const { createTagger } = await loadPackage();
    const version = settings.version;
    const tagger = await createTagger({ ...settings.options, locale: language, onProgress: (progress) => status.downloading(progress) });
    if (version !== settings.version) await tagger.setOptions({ ...settings.options, locale: language });
    await keepPage();
    engine = makeEngine(tagger);
    status.ready(performance.now() - began);
    proof.begin();
    void showKept();
    engine.queue.add([...album]);
  } catch (error) {
    const { code } = /** @type {{ code?: string }} */ (error);
    status.failed(code ?? 'internal');
    if (!code) throw error;
  }
}

// What a person can ask for

onClick('cancel', () => engine?.queue.cancel());
onClick('resume', () => tagAgain(photosWith('aborted')));
onClick('start-again', () => void start());
onClick('reset-breaker', () => {
  engine?.tagger.resetBreaker();
  part('breaker', HTMLElement).hidden = true;
  chooseAnew();
  tagAgain(photosWith('breaker-open'));
});
onClick('accept-all', () => {
  for (const photo of album) {
    photo.acceptSuggestions();
    refresh(photo);
  }
  announce(texts.allAccepted);
});
onClick('copy-json', async () => {
  const json = toJson([...album]);
  try {
    await navigator.clipboard.writeText(json);
    notify(fill(texts.copied, { photos: count(album.size, texts.photos) }));
  } catch {
    download('tags.json', 'application/json', json);
    notify(fill(texts.notCopied, { file: 'tags.json' }));
  }
});
onClick('download-csv', () => {
  download('tags.csv', 'text/csv;charset=utf-8', toCsv([...album]));
  notify(fill(texts.saved, { file: 'tags.csv', photos: count(album.size, texts.photos) }));
});
onClick('remove-failed', () => takeOut([...album].filter(isUnreadable)));
onClick('clear', () => takeOut([...album]));
onClick('forget', async () => {
  const { forgetStored } = await loadPackage();
  await forgetStored();
  await forgetPage();
  part('stored-bytes', HTMLElement).textContent = texts.keptNothing;
  notify(texts.forgotten);
});

languages.addEventListener('change', () => void switchLanguage(languages.value));
openDropZone(takeIn);
layOutSamples(takeIn);
languages.value = wanted([...languages.options].map(({ value }) => value));
// Offline, a language that was never fetched is not there: then English.
await speak(languages.value).catch(() => (languages.value = language));
sayEverythingAgain();
void start();
