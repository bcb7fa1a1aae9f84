/** @import { Count } from './network_proof.js' */
import { part } from './page.js';
import { count } from './words.js';

const box = part('privacy', HTMLElement);
const line = part('privacy-line', HTMLElement);
const details = part('privacy-details', HTMLElement);
const list = part('privacy-list', HTMLElement);

/** The promise at the top of the page: kept, or broken and by what. @param {Count} count */
export function showProof({ requests, samples, urls }) {
  box.dataset.requests = `${requests}`;
  box.dataset.sampleDownloads = `${samples}`;
  box.dataset.state = requests ? 'requests' : 'silent';
  const claim = `${requests ? '' : 'Nothing left this computer: '}${count(requests, 'request')} since the model was loaded`;
  line.textContent = samples ? `${claim}, and ${count(samples, 'sample photo')} fetched for you.` : `${claim}.`;
  details.hidden = requests === 0;
  list.replaceChildren(...urls.map((url) => Object.assign(document.createElement('li'), { textContent: url })));
}
