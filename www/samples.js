/** @import { Arrival } from './drop_zone.js' */
import { notify } from './notice.js';
import { part } from './page.js';
import { fill, texts } from './texts.js';

/** Public-domain photos that the server keeps beside the page. */
/** @type {{ file: string, shows: keyof typeof texts.samples }[]} */
const SAMPLES = [
  { file: 'chelsea.jpg', shows: 'cat' },
  { file: 'coffee.jpg', shows: 'coffee' },
  { file: 'rocket.jpg', shows: 'rocket' },
  { file: 'astronaut.jpg', shows: 'astronaut' },
];

/** Requests for these are downloads a person asked for, and counted apart. */
export const SAMPLES_URL = new URL('./samples/', import.meta.url).href;

/** What changes with the language. @type {(() => void)[]} */
const captions = [];

export function captionSamples() {
  for (const caption of captions) caption();
}

/**
 * A row of photos to try with. Each is downloaded when it is clicked, and is then a file like any other.
 * @param {(arrivals: Arrival[]) => void} onArrivals
 */
export function layOutSamples(onArrivals) {
  for (const { file: name, shows } of SAMPLES) {
    const url = new URL(name, SAMPLES_URL).href;
    const picture = Object.assign(new Image(64, 64), { src: url, alt: texts.samples[shows], draggable: false });
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'sample' });
    button.dataset.testid = 'sample';
    button.dataset.sample = name;
    captions.push(() => (picture.alt = texts.samples[shows]));
    button.append(picture);
    const item = document.createElement('li');
    item.append(button);
    part('sample-list', HTMLElement).append(item);
    // A server without this photo: better no button than a dead one.
    picture.addEventListener('error', () => item.remove());
    button.addEventListener('click', async () => {
      try {
        const response = await fetch(url);
        if (!response.ok) throw new Error(`the server answered ${response.status}`);
        onArrivals([{ file: new File([await response.blob()], name, { type: 'image/jpeg' }), path: name }]);
      } catch (error) {
        notify(fill(texts.sampleFailed, { why: /** @type {Error} */ (error).message }));
      }
    });
  }
}
