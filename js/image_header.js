/** What a file's first bytes say of it, where a browser may decode it in Rust's place. Rust judges everything else. */

/** The formats' names, and how their files begin. HEIF is one container: brands, in steps of four letters, tell AVIF from HEIC. */
const BEGINNINGS = {
  jpeg: /^\xff\xd8/,
  // Lossy and without extras, such as transparency or an orientation.
  webp: /^RIFF.{4}WEBPVP8 /s,
  avif: /^.{4}ftyp(.{4})*?avi[fs]/s,
  heic: /^.{4}ftyp(.{4})*?(hei[cxms]|hev[cx]|mif1|msf1)/s,
  jxl: /^\xff\n|^\0{3}\x0cJXL /,
};

/** @typedef {keyof typeof BEGINNINGS} Format */

/** @param {Uint8Array} bytes */
export function formatOf(bytes) {
  const beginning = text(bytes.subarray(0, 64));
  return /** @type {Format[]} */ (Object.keys(BEGINNINGS)).find((format) => BEGINNINGS[format].test(beginning));
}

/**
 * Width and height as stored, before any turn; undefined when the file does not come to say, or says it in a way not read here.
 * @param {Uint8Array} bytes @param {Format} format
 */
export function sizeIn(bytes, format) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return { jpeg, webp, avif: heif, heic: heif, jxl }[format](view, bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** @param {Uint8Array} bytes */
const text = (bytes) => new TextDecoder('latin1').decode(bytes);

/** @param {number} width @param {number} height */
const size = (width, height) => ({ width, height });

/** The frame header (ITU T.81, B.2.2) of Huffman-coded JPEGs with three components of 8 bits. @param {DataView} view */
function jpeg(view) {
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    // Scans begin, or it is no marker.
    if (marker === 0xffda || marker < 0xffc0) return;
    if (marker <= 0xffc2) return view.getUint8(at + 4) === 8 && view.getUint8(at + 9) === 3 ? size(view.getUint16(at + 7), view.getUint16(at + 5)) : undefined;
  }
}

/** The frame header of VP8 (RFC 6386, 9.1): 14 bits each. @param {DataView} view */
function webp(view) {
  return size(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
}

/** The largest of all `ispe` in the box `meta` (ISO/IEC 23008-12, 6.5.3): of pictures, their tiles and thumbnails. @param {DataView} view @param {Uint8Array} bytes */
function heif(view, bytes) {
  let at = 0;
  while (view.getUint32(at + 4) !== 0x6d657461) at += Math.max(view.getUint32(at), 8);
  const meta = text(bytes.subarray(at, at + view.getUint32(at)));
  const sizes = Array.from(meta.matchAll(/ispe/g), ({ index }) => size(view.getUint32(at + index + 8), view.getUint32(at + index + 12)));
  return sizes.sort((one, other) => other.width * other.height - one.width * one.height)[0];
}

/** The size header of JPEG XL (ISO/IEC 18181-1, annex D): bits, lowest first. @param {DataView} view @param {Uint8Array} bytes */
function jxl(view, bytes) {
  // In a container the codestream is in a box, or its first part is, behind a number.
  const start = /^\xff\n|jxlc\xff\n|jxlp.{4}\xff\n/s.exec(text(bytes.subarray(0, 4096)));
  if (!start) return;
  let at = 8 * (start.index + start[0].length);
  /** @param {number} count */
  const bits = (count) => {
    let value = 0;
    for (let bit = 0; bit < count; bit++, at++) value += ((view.getUint8(at >> 3) >> (at & 7)) & 1) * 2 ** bit;
    return value;
  };
  const isSmall = bits(1);
  const edge = () => 1 + (isSmall ? 8 * bits(5) + 7 : bits([9, 13, 18, 30][bits(2)]));
  const height = edge();
  const ratio = [0, 1, 12 / 10, 4 / 3, 3 / 2, 16 / 9, 5 / 4, 2][bits(3)];
  return size(ratio ? Math.floor(height * ratio) : edge(), height);
}
