/** @import { Count } from './network_proof.js' */
import { part } from './page.js';
import { count, fill, texts } from './texts.js';

const box = part('privacy', HTMLElement);
const line = part('privacy-line', HTMLElement);
const details = part('privacy-details', HTMLElement);
const list = part('privacy-list', HTMLElement);

/** @type {Count | undefined} */
let last;

/** The promise at the top of the page: kept, or broken and by what. @param {Count | undefined} proof */
export function showProof(proof = last) {
  // Until the model is there index.html's own words stand.
  if (!proof) return;
  last = proof;
  const { requests, downloads, urls } = proof;
  delete line.dataset.text;
  box.dataset.requests = `${requests}`;
  box.dataset.downloads = `${downloads}`;
  box.dataset.state = requests ? 'requests' : 'silent';
  const { silent, requests: broken, asked } = texts.privacy;
  const claim = fill(requests ? broken : silent, { requests: count(requests, texts.requests) });
  line.textContent = downloads ? fill(asked, { claim, files: count(downloads, texts.files) }) : fill(texts.privacy.alone, { claim });
  details.hidden = requests === 0;
  list.replaceChildren(...urls.map((url) => Object.assign(document.createElement('li'), { textContent: url })));
}
