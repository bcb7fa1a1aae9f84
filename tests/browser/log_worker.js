/** The real worker, which tells the channel `log` of each file that it reads and each that it decodes, by size. Given as `workerUrl`. */
import '/tagdrop/worker.js';
import { Pixels } from '/tagdrop/pkg/simd/tagdrop.js';

const log = new BroadcastChannel('log');

const { arrayBuffer } = Blob.prototype;
Blob.prototype.arrayBuffer = function () {
  log.postMessage(`read ${this.size}`);
  return arrayBuffer.call(this);
};

const { decode } = Pixels;
Pixels.decode = (bytes) => {
  log.postMessage(`decode ${bytes.length}`);
  return decode.call(Pixels, bytes);
};
