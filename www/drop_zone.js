import { notify } from './notice.js';
import { part } from './page.js';
import { fill, texts } from './texts.js';

/**
 * A file and where it lay within what was dropped or chosen.
 * @typedef {{ file: File, path: string }} Arrival
 */

/** What operating systems leave in folders. Everything else is shown, if only to say why it has no tags. */
const NOT_MEANT = /^(\..*|thumbs\.db|desktop\.ini|__MACOSX)$/i;

/** How many files of a folder arrive at once: often enough to show them soon, seldom enough to keep the page calm. */
const BATCH = 64;

/**
 * Takes photos however they come: dropped anywhere on the page, pasted, chosen as files or as a folder.
 * @param {(arrivals: Arrival[]) => void} onArrivals
 */
export function openDropZone(onArrivals) {
  for (const id of ['files', 'folder']) {
    const input = part(id, HTMLInputElement);
    input.addEventListener('change', () => {
      onArrivals([...(input.files ?? [])].map(fromInput).filter(({ path }) => !path.split('/').some((name) => NOT_MEANT.test(name))));
      // The same files chosen again must be a change, too.
      input.value = '';
    });
  }

  document.addEventListener('paste', ({ clipboardData }) => {
    const pasted = [...(clipboardData?.files ?? [])];
    if (pasted.length) onArrivals(pasted.map((file) => ({ file, path: file.name })));
  });

  document.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    document.body.dataset.dragging = '';
  });
  document.addEventListener('dragleave', (event) => {
    // Null when the pointer leaves the window; between two elements of the page there is always a related one.
    if (!event.relatedTarget) delete document.body.dataset.dragging;
  });
  document.addEventListener('drop', (event) => {
    delete document.body.dataset.dragging;
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    // The list of items is emptied when this handler returns: everything must be asked of it now.
    const items = [...event.dataTransfer.items].filter(({ kind }) => kind === 'file');
    const dropped = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
    handOver(dropped, onArrivals).catch((error) => notify(fill(texts.folderFailed, { why: error.message })));
  });
}

/** @param {File} file @returns {Arrival} */
function fromInput(file) {
  return { file, path: file.webkitRelativePath || file.name };
}

/**
 * @param {{ entry: FileSystemEntry | null, file: File | null }[]} dropped
 * @param {(arrivals: Arrival[]) => void} onArrivals
 */
async function handOver(dropped, onArrivals) {
  /** @type {Arrival[]} */
  let batch = [];
  for (const { entry, file } of dropped) {
    const found = entry?.isDirectory ? walk(entry) : file ? [{ file, path: file.name }] : [];
    for await (const arrival of found) {
      batch.push(arrival);
      if (batch.length === BATCH) {
        onArrivals(batch);
        batch = [];
      }
    }
  }
  if (batch.length) onArrivals(batch);
}

/** @param {FileSystemEntry} entry @returns {AsyncGenerator<Arrival>} */
async function* walk(entry) {
  if (NOT_MEANT.test(entry.name)) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));
    yield { file, path: entry.fullPath.replace(/^\//, '') };
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    // A reader gives a part at a time (100 in Chromium) and an empty part at the end.
    /** @type {FileSystemEntry[]} */
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return;
    for (const child of part) yield* walk(child);
  }
}
