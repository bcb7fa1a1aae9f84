/**
 * The real worker, of which a photo's type can ask to fail. It answers the roll call,
 * too. Given as `workerUrl`, from a server that has js/ at /tagdrop/.
 *
 *   test/trap            decoding ends in a real wasm trap
 *   test/hang            decoding never ends
 *   test/hang-inference  the network never ends; the photo itself must be a good one
 *   test/kill            an uncaught error kills the worker while it has the photo, which must be a good one
 *
 * It changes what the worker calls, not the worker: reading a Blob notes its type, and `Pixels.decode` and `Tagger.classify`, which
 * are the real ones otherwise, act on it. The next photo's Blob may be read before, so the note is kept with the bytes.
 */
import './roll_call.js';
import '/tagdrop/worker.js';
import { Pixels, Tagger } from '/tagdrop/pkg/simd/tagdrop.js';
import { trap } from './trap.js';

function hang() {
  for (;;);
}

/** @type {WeakMap<ArrayBufferLike, string>} */
const types = new WeakMap();
let wish = '';

const { arrayBuffer } = Blob.prototype;
Blob.prototype.arrayBuffer = async function () {
  const bytes = await arrayBuffer.call(this);
  types.set(bytes, this.type);
  return bytes;
};

const { decode } = Pixels;
Pixels.decode = (bytes) => {
  wish = types.get(/** @type {Uint8Array} */ (bytes).buffer) ?? '';
  if (wish === 'test/trap') trap();
  if (wish === 'test/hang') hang();
  return decode.call(Pixels, bytes);
};

const { classify } = Tagger.prototype;
Tagger.prototype.classify = function (pixels) {
  if (wish === 'test/hang-inference') hang();
  if (wish === 'test/kill') {
    setTimeout(() => {
      throw new Error('killed by the test');
    });
    return /** @type {any} */ (new Promise(() => {}));
  }
  return classify.call(this, pixels);
};
