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
import { showProof } from './privacy_line.js';
import { Reselection } from './reselection.js';
import { layOutSamples, SAMPLES_URL } from './samples.js';
import { Settings } from './settings.js';
import { Status } from './status.js';
import { TaggingQueue } from './tagging_queue.js';
import { count, megabytes } from './words.js';

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
const proof = new NetworkProof(SAMPLES_URL, showProof);
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
  announce(`${count(photos.length, 'photo')} added.`);
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
  notify(`${count(photos.length, 'photo')} taken out.`, () => {
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
    if (before.get(id)?.state !== state) announce(`${name}: ${state === 'rejected' ? 'removed' : state === 'yours' ? 'added' : state}.`);
    before.delete(id);
  }
  for (const { name } of before.values()) announce(`${name}: removed.`);
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
    showAlbumBar([...album], engine?.queue.working ?? false);
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
  if (bytes) part('stored-bytes', HTMLElement).textContent = ` About ${megabytes(bytes)} MB.`;
}

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
    const tagger = await createTagger({ ...settings.options, onProgress: (progress) => status.downloading(progress) });
    if (version !== settings.version) await tagger.setOptions(settings.options);
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
  announce('Every suggestion is accepted.');
});
onClick('copy-json', async () => {
  const json = toJson([...album]);
  try {
    await navigator.clipboard.writeText(json);
    notify(`The tags of ${count(album.size, 'photo')} are on the clipboard, as JSON.`);
  } catch {
    download('tags.json', 'application/json', json);
    notify('This browser does not let the page copy, so the tags were downloaded as tags.json.');
  }
});
onClick('download-csv', () => {
  download('tags.csv', 'text/csv;charset=utf-8', toCsv([...album]));
  notify(`The tags of ${count(album.size, 'photo')} were saved as tags.csv.`);
});
onClick('remove-failed', () => takeOut([...album].filter(isUnreadable)));
onClick('clear', () => takeOut([...album]));
onClick('forget', async () => {
  const { forgetStored } = await loadPackage();
  await forgetStored();
  await forgetPage();
  part('stored-bytes', HTMLElement).textContent = ' Nothing any more: the next visit fetches everything anew.';
  notify('Everything stored was forgotten. This page works until you close it.');
});

openDropZone(takeIn);
layOutSamples(takeIn);
void start();
