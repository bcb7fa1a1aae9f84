/**
 * The real worker, of which a photo's type can ask to fail. It answers the roll call,
 * too. Given as `workerUrl`, from a server that has js/ at /tagdrop/.
 *
 *   test/trap            decoding ends in a real wasm trap
 *   test/hang            decoding never ends
 *   test/hang-inference  the network never ends; the photo itself must be a good one
 *   test/kill            an uncaught error kills the worker while it decodes
 *
 * It changes what the worker calls, not the worker: reading a Blob notes its type, and `Pixels.decode` and `Tagger.classify`, which
 * are the real ones otherwise, act on it. Photos come one at a time, so one note is enough.
 */
import './roll_call.js';
import '/tagdrop/worker.js';
import { Pixels, Tagger } from '/tagdrop/pkg/simd/tagdrop.js';
import { trap } from './trap.js';

function hang() {
  for (;;);
}

let wish = '';

const { arrayBuffer } = Blob.prototype;
Blob.prototype.arrayBuffer = function () {
  wish = this.type;
  return arrayBuffer.call(this);
};

const { decode } = Pixels;
Pixels.decode = (bytes) => {
  if (wish === 'test/trap') trap();
  if (wish === 'test/hang') hang();
  if (wish === 'test/kill') {
    setTimeout(() => {
      throw new Error('killed by the test');
    });
    return /** @type {any} */ (new Promise(() => {}));
  }
  return decode.call(Pixels, bytes);
};

const { classify } = Tagger.prototype;
Tagger.prototype.classify = function (pixels) {
  if (wish === 'test/hang-inference') hang();
  return classify.call(this, pixels);
};
