/** What stories use in the page `bench.html`, where it is `bench`. */
import * as tagdrop from '/tagdrop/index.js';

/** Of tests/fixtures/images/. @param {string} name @param {string} [type] crash_worker.js acts on it */
async function photo(name, type = 'image/jpeg') {
  const response = await fetch(`/samples/${name}`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return new File([await response.arrayBuffer()], name.split('/').at(-1) ?? '', { type });
}

/** @param {string} base64 */
const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** What stories say of a result, or of what was thrown. @param {Promise<import('../../js/types.d.ts').TagResult>} promised */
async function told(promised) {
  try {
    const { outcome, tags, image, error } = await promised;
    return { outcome, best: tags[0]?.id, image, message: error?.message };
  } catch (thrown) {
    return thrownAs(thrown);
  }
}

/** @param {any} thrown */
function thrownAs(thrown) {
  const { name, code, message } = thrown;
  return { name, code, message, ours: thrown instanceof tagdrop.TagdropError };
}

/** What it throws; undefined when it does not. @param {Promise<unknown>} promised */
const refusal = (promised) => promised.then(() => undefined, thrownAs);

/** Names of the workers that live; see roll_call.js. */
async function rollCall() {
  const { held = [] } = await navigator.locks.query();
  return held.map(({ name }) => name).sort();
}

/** An `onProgress`, and a promise that a photo has come to a stage; for `download` that bytes have come in. @param {string} stage */
function watchFor(stage) {
  /** @type {import('../../js/types.d.ts').TagOptions['onProgress']} */
  let onProgress;
  const reached = new Promise((resolve) => {
    onProgress = (progress) => {
      if (progress.stage === stage && (stage !== 'download' || progress.loaded)) resolve(progress.loaded);
    };
  });
  return { onProgress, reached };
}

Object.assign(globalThis, { bench: { tagdrop, photo, bytesOf, told, refusal, rollCall, watchFor } });
