import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { Site } from './site.mjs';

/** Milliseconds: far beyond what anything takes on a busy machine, so that only what never comes is missed. */
const PATIENCE = 90_000;

/** @typedef {{ dark?: boolean }} Wishes What a browser must be started with. */
/** @typedef {{ page: Page, site: Site, dark?: boolean }} Here A page with storage of its own, and the site that it visits. */
/** @template T @typedef {Exclude<T, '' | 0 | false | null | undefined>} Truthy */
/** @typedef {{ newPage: () => Promise<Page>, close: () => Promise<void> }} Browser */

const BROWSERS = { Chromium: startChromium, Firefox: startFirefox };

/**
 * The same stories in each browser, both at once, as each leaves a core idle.
 * @param {string} title
 * @param {Record<string, (here: Here, browser: string) => void>} chapters Each is given an object that is filled by the time a story runs.
 * @param {Wishes} [wishes]
 */
export function inEachBrowser(title, chapters, wishes = {}) {
  describe(title, { concurrency: true }, () => {
    for (const [name, start] of Object.entries(BROWSERS)) {
      describe(name, { concurrency: 1 }, () => {
        /** @type {Browser} */
        let browser;
        before(async () => {
          browser = await start(wishes);
        });
        after(() => browser?.close());
        for (const [title, stories] of Object.entries(chapters)) {
          describe(title, { concurrency: 1 }, () => {
            const here = /** @type {Here} */ ({ ...wishes });
            before(async () => {
              here.site = await Site.open();
              here.page = await browser.newPage();
            });
            after(async () => {
              await here.page?.close();
              await here.site?.close();
            });
            stories(here, name);
          });
        }
      });
    }
  });
}

/**
 * What a look gives once it gives something truthy.
 * @template T @param {() => T} look @returns {Promise<Truthy<Awaited<T>>>}
 */
export async function eventually(look) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(20)) {
    const seen = await look();
    if (seen) return /** @type {any} */ (seen);
  }
  throw new Error(`This never came true: ${look}`);
}

/**
 * @typedef {object} Verbs
 * @property {(url: string) => Promise<unknown>} open
 * @property {(script: string) => Promise<unknown>} beforeLoad
 * @property {(selector: string, files: string[]) => Promise<unknown>} choose
 * @property {(act: () => Promise<void>) => Promise<{ name: string, text: string }>} save
 * @property {() => Promise<Page>} another
 * @property {() => Promise<void>} close
 */

/** Few verbs over two drivers: most of what they offer has the same name in both. */
class Page {
  #raw;
  #drivers;

  /** Addresses that the browser asked the network for on this page's behalf. @type {string[]} */
  requests = [];

  /** Errors in the console, and uncaught ones. @type {string[]} */
  complaints = [];

  /**
   * @param {any} raw Of either driver.
   * @param {Verbs} drivers Where they differ.
   */
  constructor(raw, drivers) {
    this.#raw = raw;
    this.#drivers = drivers;
    raw.on('request', (/** @type {any} */ request) => {
      if (/^https?:/.test(request.url())) this.requests.push(request.url());
    });
    raw.on('console', (/** @type {any} */ message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    raw.on('pageerror', (/** @type {any} */ error) => this.complaints.push(String(error?.message ?? error)));
  }

  /** @param {string} url */
  async open(url) {
    await this.#drivers.open(url);
  }

  /**
   * Runs a function in the page. What it is given and what it returns cross as JSON.
   * @template T @template {any[]} A @param {(...args: A) => T} work @param {A} args @returns {Promise<Awaited<T>>}
   */
  async run(work, ...args) {
    const call = `(${work})(...${JSON.stringify(args)})`;
    const answer = this.#raw.evaluate(`(async () => JSON.stringify((await ${call}) ?? null))()`);
    const answered = new AbortController();
    const silence = sleep(PATIENCE, undefined, answered).then(() => {
      throw new Error(`The page never answered: ${work}`);
    });
    try {
      return JSON.parse(await Promise.race([answer, silence]));
    } finally {
      answered.abort();
    }
  }

  /**
   * Waits until a function in the page returns something truthy, and returns that.
   * @template T @template {any[]} A @param {(...args: A) => T} look @param {A} args @returns {Promise<Truthy<Awaited<T>>>}
   */
  async until(look, ...args) {
    try {
      return await eventually(() => this.run(look, ...args));
    } catch (cause) {
      throw new Error(`In the page: ${look}, given ${JSON.stringify(args)}. The page's complaints: ${this.complaints.join('; ') || 'none'}.`, { cause });
    }
  }

  /** From the next page on, before any script of its own. @param {() => void} work */
  async beforeLoad(work) {
    await this.#drivers.beforeLoad(`(${work})()`);
  }

  /** @param {string} selector */
  async click(selector) {
    await this.#raw.locator(selector).click();
  }

  /** One key after the other, as their `KeyboardEvent.key` has it. @param {string[]} keys */
  async press(...keys) {
    for (const key of keys) await this.#raw.keyboard.press(key);
  }

  /** @param {string} words */
  async type(words) {
    await this.#raw.keyboard.type(words);
  }

  /** Files for an `<input type=file>`. @param {string} selector @param {string[]} files */
  async choose(selector, files) {
    await this.#drivers.choose(selector, files);
  }

  /** What the page downloads as a file when one acts on it. @param {() => Promise<void>} act */
  async save(act) {
    return this.#drivers.save(act);
  }

  /** Dedicated workers that the browser says are alive. */
  get workers() {
    return this.#raw.workers().length;
  }

  /** A tab beside this one, which shares the browser's storage with it. */
  another() {
    return this.#drivers.another();
  }

  async close() {
    await this.#drivers.close();
  }
}

/** @param {Wishes} wishes @returns {Promise<Browser>} */
async function startChromium({ dark = false }) {
  const browser = await chromium.launch({
    executablePath: process.env.TAGDROP_CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
  });
  /** @param {import('playwright-core').BrowserContext} context @param {() => Promise<void>} [close] @returns {Promise<Page>} */
  async function pageIn(context, close) {
    const raw = await context.newPage();
    return new Page(raw, {
      async open(url) {
        try {
          await raw.goto(url, { timeout: PATIENCE });
        } catch (error) {
          // Which comes after the failure, and would cut off the next visit.
          await raw.waitForURL(/^chrome-error:/);
          throw error;
        }
      },
      beforeLoad: (script) => raw.addInitScript(script),
      choose: (selector, files) => raw.setInputFiles(selector, files),
      async save(act) {
        const [download] = await Promise.all([raw.waitForEvent('download'), act()]);
        return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
      },
      another: () => pageIn(context),
      close: close ?? (() => raw.close()),
    });
  }
  return {
    async newPage() {
      const context = await browser.newContext({ colorScheme: dark ? 'dark' : 'light', permissions: ['clipboard-read', 'clipboard-write'] });
      return pageIn(context, () => context.close());
    },
    close: () => browser.close(),
  };
}

/** @param {Wishes} wishes @returns {Promise<Browser>} */
async function startFirefox({ dark = false }) {
  const downloads = await mkdtemp(join(tmpdir(), 'tagdrop-downloads-'));
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.TAGDROP_FIREFOX,
    extraPrefsFirefox: {
      'layout.css.prefers-color-scheme.content-override': dark ? 0 : 1,
      'browser.download.dir': downloads,
      'browser.download.folderList': 2,
      // Reading what the page copied would wait for a person's consent.
      'dom.events.testing.asyncClipboard': true,
    },
  });
  /** @param {import('puppeteer-core').BrowserContext} context @param {() => Promise<void>} [close] @returns {Promise<Page>} */
  async function pageIn(context, close) {
    const raw = await context.newPage();
    return new Page(raw, {
      open: (url) => raw.goto(url, { timeout: PATIENCE }),
      beforeLoad: (script) => raw.evaluateOnNewDocument(script),
      async choose(selector, files) {
        const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await raw.$(selector));
        await input.uploadFile(...files);
      },
      async save(act) {
        const before = await readdir(downloads);
        await act();
        return eventually(async () => {
          const files = await readdir(downloads);
          const name = files.find((file) => !before.includes(file));
          // While it is written a second file lies beside it.
          const text = name && !files.some((file) => file.endsWith('.part')) && (await readFile(join(downloads, name), 'utf8'));
          return text && { name, text };
        });
      },
      another: () => pageIn(context),
      close: close ?? (() => raw.close()),
    });
  }
  return {
    async newPage() {
      const context = await browser.createBrowserContext();
      return pageIn(context, () => context.close());
    },
    async close() {
      await browser.close();
      await rm(downloads, { recursive: true, force: true });
    },
  };
}
