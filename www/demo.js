/** @import { Tagger, TagResult } from './tagdrop/types.d.ts' */
/** @import { Arrival } from './drop_zone.js' */
import { Announcer } from './announcer.js';
import { openDropZone } from './drop_zone.js';
import { download, toCsv, toJson } from './export.js';
import { NetworkProof } from './network_proof.js';
import { Notice } from './notice.js';
import { bytesKept, forgetPage, keepPage, prepareOffline } from './offline.js';
import { Photo } from './photo.js';
import { PhotoList } from './photo_list.js';
import { Reselection } from './reselection.js';
import { layOutSamples, SAMPLES_URL } from './samples.js';
import { Settings } from './settings.js';
import { Status } from './status.js';
import { TaggingQueue } from './tagging_queue.js';
import { count, megabytes } from './words.js';

/** @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function part(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return element;
}

/** @param {string} id @param {() => void} act */
function onClick(id, act) {
  part(id, HTMLButtonElement).addEventListener('click', act);
}

/** @type {Set<Photo>} */
const album = new Set();
/** The settings a photo was handed over under, as `settings.version`. @type {WeakMap<Photo, number>} */
const startedUnder = new WeakMap();

/** All that needs the model; undefined until it is loaded. @type {{ tagger: Tagger, queue: TaggingQueue, reselection: Reselection } | undefined} */
let engine;

const announcer = new Announcer(part('announce', HTMLElement));
const notice = new Notice({ box: part('notice', HTMLElement), text: part('notice-text', HTMLElement), button: part('notice-act', HTMLElement), close: part('notice-close', HTMLElement) }, announcer);
const status = new Status(
  {
    box: part('status', HTMLElement),
    text: part('status-text', HTMLElement),
    bar: part('status-progress', HTMLProgressElement),
    cancel: part('cancel', HTMLElement),
    startAgain: part('start-again', HTMLElement),
  },
  announcer,
);

const settings = new Settings(
  { minConfidence: part('min-confidence', HTMLInputElement), maxTags: part('max-tags', HTMLInputElement), nearBest: part('near-best', HTMLInputElement) },
  chooseAnew,
);

const list = new PhotoList(part('photos', HTMLElement), {
  onToggle: (photo, tagId) => decide(photo, () => photo.toggle(tagId)),
  onCut: (photo, tagId) => decide(photo, () => (photo.tags().find(({ id }) => id === tagId)?.state === 'rejected' ? photo.toggle(tagId) : photo.remove(tagId))),
  onAdd: (photo, words) => decide(photo, () => words.split(/[,;]/).map((word) => word.trim()).filter(Boolean).forEach((word) => photo.add(word))),
  onRetry: (photo) => tagAgain([photo]),
  onRemove: (photo) => takeOut([photo]),
});

const proof = new NetworkProof(SAMPLES_URL, showProof);

/** @param {Photo} photo @param {() => void} change */
function decide(photo, change) {
  const before = new Map(photo.tags().map(({ id, state }) => [id, state]));
  change();
  const now = photo.tags();
  for (const { id, name, state } of now) {
    if (before.get(id) !== state) announcer.say(`${name}: ${state === 'rejected' ? 'removed' : state === 'yours' ? 'added' : state}.`);
  }
  if (now.length < before.size) announcer.say('Removed.');
  refresh(photo);
}

/** @param {Photo} photo */
function refresh(photo) {
  list.refresh(photo);
  showAlbumSoon();
}

/** @param {Arrival[]} arrivals */
function takeIn(arrivals) {
  const photos = arrivals.map(({ file, path }) => new Photo(file, path));
  if (photos.length) announcer.say(`${count(photos.length, 'photo')} added.`);
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
  notice.show(`${count(photos.length, 'photo')} taken out.`, () => {
    putIn(photos);
    engine?.queue.add(photos.filter(({ stage }) => stage !== 'done'));
    chooseAnew();
  });
}

/** Tags under the present settings, for photos still to come and for those already looked at. */
function chooseAnew() {
  void unlessSwitchedOff(engine?.tagger.setOptions(settings.options));
  void unlessSwitchedOff(engine?.reselection.apply([...album], settings.options));
}

/** While tagging is switched off nothing can be chosen: the banner says so, and its button chooses anew. @param {Promise<void> | undefined} asked */
async function unlessSwitchedOff(asked) {
  try {
    await asked;
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code !== 'breaker-open') throw error;
  }
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

/** @param {Photo} photo @param {TagResult} result */
function takeResult(photo, result) {
  photo.take(result);
  refresh(photo);
  if (result.outcome === 'breaker-open') part('breaker', HTMLElement).hidden = false;
  if (startedUnder.get(photo) !== settings.version) void unlessSwitchedOff(engine?.reselection.catchUp(photo, settings.options));
}

function showProgress() {
  if (!engine) return;
  const { working, done, all } = engine.queue;
  const stopped = photosWith('aborted').length;
  if (working) status.working(done, all);
  else status.finished({ looked: done - stopped, stopped });
  showAlbumSoon();
}

let albumFrame = 0;
function showAlbumSoon() {
  albumFrame ||= requestAnimationFrame(() => {
    albumFrame = 0;
    showAlbum();
  });
}

function showAlbum() {
  document.body.toggleAttribute('data-album', album.size > 0);
  part('album-bar', HTMLElement).hidden = album.size === 0;
  part('how', HTMLElement).hidden = album.size > 0;
  const photos = [...album];
  const tags = photos.flatMap((photo) => photo.tags()).filter(({ state }) => state !== 'rejected');
  const failed = photos.filter((photo) => photo.failed && !photo.canTryAgain).length;
  const parts = [count(photos.length, 'photo'), count(tags.length, 'tag')];
  if (failed) parts.push(`${failed.toLocaleString('en')} unreadable`);
  part('album-count', HTMLElement).textContent = parts.join(' · ');
  part('remove-failed', HTMLElement).hidden = failed === 0;
  part('resume', HTMLElement).hidden = engine?.queue.working !== false || !photosWith('aborted').length;
  part('accept-all', HTMLButtonElement).disabled = !tags.some(({ state }) => state === 'suggested');
}

/** Offered while typing, so that the same thing gets the same word on every photo. */
function offerKnownTags() {
  const names = new Set([...album].flatMap((photo) => photo.tags()).filter(({ state }) => state !== 'rejected').map(({ name }) => name));
  part('known-tags', HTMLElement).replaceChildren(...[...names].sort().map((value) => Object.assign(document.createElement('option'), { value })));
}

/** @param {{ requests: number, samples: number, urls: string[] }} count */
function showProof({ requests, samples, urls }) {
  const box = part('privacy', HTMLElement);
  box.dataset.requests = `${requests}`;
  box.dataset.sampleDownloads = `${samples}`;
  box.dataset.state = requests ? 'requests' : 'silent';
  const claim = requests ? `${count(requests, 'request')} since the model was loaded` : 'Nothing left this computer: 0 requests since the model was loaded';
  part('privacy-line', HTMLElement).textContent = samples ? `${claim}, and ${count(samples, 'sample photo')} fetched for you.` : `${claim}.`;
  part('privacy-details', HTMLElement).hidden = requests === 0;
  part('privacy-list', HTMLElement).replaceChildren(...urls.map((url) => Object.assign(document.createElement('li'), { textContent: url })));
}

async function showKept() {
  const bytes = await bytesKept();
  if (bytes) part('stored-line', HTMLElement).textContent = `The model and the program, so that the page works offline: ${megabytes(bytes)} MB. Never your photos, never their tags.`;
}

/** @returns {Promise<typeof import('./tagdrop/index.js')>} Loaded through the service worker, so that it is there offline. */
function loadPackage() {
  return import('./tagdrop/index.js');
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
    const queue = new TaggingQueue(tagger, {
      onStart: (photo) => startedUnder.set(photo, settings.version),
      onStage: (photo, stage) => {
        photo.stage = stage;
        list.refresh(photo);
      },
      onResult: takeResult,
      onProgress: showProgress,
    });
    engine = { tagger, queue, reselection: new Reselection(tagger, (photo, tags) => {
      photo.choose(tags);
      refresh(photo);
    }) };
    status.ready(performance.now() - began);
    proof.begin();
    void showKept();
    queue.add([...album]);
  } catch (error) {
    const { code } = /** @type {{ code?: string }} */ (error);
    status.failed(code ?? 'internal');
    if (!code) throw error;
  }
}

part('photos', HTMLElement).addEventListener('focusin', ({ target }) => {
  if (target instanceof HTMLInputElement) offerKnownTags();
});

openDropZone({
  files: part('files', HTMLInputElement),
  folder: part('folder', HTMLInputElement),
  onArrivals: takeIn,
  onTrouble: (message) => notice.show(message),
});
layOutSamples({ list: part('sample-list', HTMLElement), onArrivals: takeIn, onTrouble: (message) => notice.show(message) });

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
  announcer.say('Every suggestion is accepted.');
});
onClick('copy-json', async () => {
  const json = toJson([...album]);
  try {
    await navigator.clipboard.writeText(json);
    notice.show(`The tags of ${count(album.size, 'photo')} are on the clipboard, as JSON.`);
  } catch {
    download('tags.json', 'application/json', json);
    notice.show('This browser does not let the page copy, so the tags were downloaded as tags.json.');
  }
});
onClick('download-csv', () => {
  download('tags.csv', 'text/csv;charset=utf-8', toCsv([...album]));
  notice.show(`The tags of ${count(album.size, 'photo')} were saved as tags.csv.`);
});
onClick('remove-failed', () => takeOut([...album].filter((photo) => photo.failed && !photo.canTryAgain)));
onClick('clear', () => takeOut([...album]));
onClick('forget', async () => {
  const { forgetStored } = await loadPackage();
  await forgetStored();
  await forgetPage();
  part('stored-line', HTMLElement).textContent = 'Nothing is stored any more. This page works until you close it; the next visit fetches everything anew.';
  notice.show('Everything stored was forgotten.');
});

void start();
