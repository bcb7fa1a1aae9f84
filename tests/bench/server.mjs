import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** First part of an address → folder of the repository. */
const MOUNTS = /** @type {Record<string, string>} */ ({
  page: 'tests/bench/page',
  tagdrop: 'js',
  peers: 'tests/bench/node_modules',
  models: 'target/models/peers',
  made: 'target/models/peers/photos',
  shipped: 'models/efficientnet-lite0',
  photos: 'tests/fixtures/images',
  golden: 'tests/fixtures/golden',
});

const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
});

/** Names that a bundler would have resolved, in the modules of peers. */
const NAMES = [['"@litertjs/wasm-utils"', '"/peers/@litertjs/wasm-utils/dist/index.js"']];

/** What the servers have read, so that no answer waits for the disk. @type {Map<string, Promise<Buffer>>} */
const read = new Map();

/** @param {string} file @returns {Promise<Buffer>} */
async function content(file) {
  const bytes = await readFile(join(ROOT, file));
  if (!file.startsWith(MOUNTS.peers) || !/\.m?js$/.test(file)) return bytes;
  return Buffer.from(NAMES.reduce((text, [name, address]) => text.replaceAll(name, address), bytes.toString()));
}

/** A server on a free port. `keep`: browsers may keep what they get for good; else nothing of it. @param {boolean} keep */
export async function serve(keep) {
  /** What has been asked for, as paths in the repository. @type {Set<string>} */
  const served = new Set();
  const server = createServer(async (request, response) => {
    const [mount, ...rest] = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)).slice(1).split('/');
    const file = join(MOUNTS[mount] ?? 'nowhere', ...rest);
    try {
      if (!read.has(file)) read.set(file, content(file));
      const bytes = await read.get(file);
      served.add(file);
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-length': bytes?.length,
        'cache-control': keep ? 'max-age=31536000, immutable' : 'no-store',
      });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    served,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
