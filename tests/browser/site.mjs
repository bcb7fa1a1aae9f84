import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';

/** Where the gateway has browsers report what a policy forbade: in pages, in workers, wherever the header went. */
const VIOLATIONS = '/violations';

/**
 * The server at TAGDROP_URL through a gateway of the story's own, on a port of its own: every request that reaches it is noted,
 * it can be unplugged, and a story can answer for addresses of its own.
 */
export class Site {
  #upstream = new URL(process.env.TAGDROP_URL ?? '');
  #server = http.createServer((request, response) => void this.#answer(request, response));

  port = 0;

  /** Paths, in order of arrival. @type {string[]} */
  requests = [];

  /** The browser's reports, parsed. @type {object[]} */
  violations = [];

  /** Answers of the story's own, by path. @type {Map<string, (request: http.IncomingMessage, response: http.ServerResponse) => void>} */
  answers = new Map();

  static async open() {
    const site = new Site();
    await site.#listen(0);
    return site;
  }

  get url() {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Until `plugIn()` every connection is refused, as without a network. */
  async unplug() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async plugIn() {
    await this.#listen(this.port);
  }

  async close() {
    if (this.#server.listening) await this.unplug();
  }

  /** @param {string} path @param {object} value */
  answerJson(path, value) {
    this.answers.set(path, (_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value)));
  }

  /**
   * Answers with the first bytes of a body of `total` and then keeps the caller waiting.
   * @param {string} path @param {Uint8Array} start @param {number} total
   * @returns {{ arrived: Promise<http.ServerResponse>, left: Promise<unknown> }} `left`: the caller hung up before the end.
   */
  drip(path, start, total) {
    let arrive = (/** @type {http.ServerResponse} */ _) => {};
    const arrived = new Promise((resolve) => (arrive = resolve));
    this.answers.set(path, (_, response) => {
      response.setHeader('content-length', total).write(start);
      arrive(response);
    });
    return { arrived, left: arrived.then((response) => once(response, 'close')) };
  }

  /** @param {number} port */
  async #listen(port) {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = /** @type {import('node:net').AddressInfo} */ (this.#server.address()).port;
  }

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  async #answer(request, response) {
    const path = request.url ?? '/';
    if (path === VIOLATIONS) {
      this.violations.push(JSON.parse(await text(request)));
      return response.writeHead(204).end();
    }
    this.requests.push(path);
    const own = this.answers.get(path);
    if (own) return own(request, response);
    // A connection each: one that is kept may be closed on the other side just when it is used again.
    const forwarded = http.request(new URL(path, this.#upstream), { agent: false, method: request.method, headers: { ...request.headers, connection: 'close' } });
    forwarded.on('error', () => response.destroy());
    forwarded.on('response', (answer) => {
      const { connection, ...headers } = answer.headers;
      if (headers['content-security-policy']) headers['content-security-policy'] += `; report-uri ${VIOLATIONS}`;
      response.writeHead(answer.statusCode ?? 502, headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  }
}
