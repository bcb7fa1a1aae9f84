import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';

/** Longer than any case takes on a busy machine, in milliseconds. */
const PATIENCE = 900_000;

const CHROMIUM = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @typedef {typeof import('./page/main.js').bench} Bench */
/**
 * @typedef {object} Visit
 * @property {string} version
 * @property {<N extends keyof Bench>(name: N, given: Parameters<Bench[N]>[0]) => ReturnType<Bench[N]>} call One of the page's; both ways as JSON.
 * @property {() => Promise<void>} close
 */

/** Runs in the page. @param {{ name: string, given: any }} what */
const call = ({ name, given }) => /** @type {any} */ (globalThis).bench[name](given);

/** One page in a browser of its own. @param {string} url @param {string} profile folder @returns {Promise<Visit>} */
export async function visitWithChromium(url, profile) {
  const context = await chromium.launchPersistentContext(profile, { executablePath: process.env.TAGDROP_CHROMIUM, args: CHROMIUM });
  context.setDefaultTimeout(PATIENCE);
  const [page] = context.pages();
  page.on('pageerror', (error) => console.error(`  page: ${error.message}`));
  await page.goto(url);
  return {
    version: `Chromium ${context.browser()?.version() ?? (await page.evaluate(() => navigator.userAgent.match(/Chrome\/(\S+)/)?.[1]))}`,
    call: (name, given) => /** @type {any} */ (page.evaluate(call, { name, given })),
    close: () => context.close(),
  };
}

/** @param {string} url @param {string} profile folder @returns {Promise<Visit>} */
export async function visitWithFirefox(url, profile) {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.TAGDROP_FIREFOX,
    userDataDir: profile,
    protocolTimeout: PATIENCE,
    // It rounds clocks to a millisecond, and more so when it cannot trust the page.
    extraPrefsFirefox: { 'privacy.reduceTimerPrecision': false },
  });
  const [page] = await browser.pages();
  page.on('pageerror', (error) => console.error(`  page: ${/** @type {Error} */ (error).message}`));
  await page.goto(url);
  return {
    version: (await browser.version()).replace(/^firefox\//, 'Firefox '),
    call: (name, given) => /** @type {any} */ (page.evaluate(call, { name, given })),
    close: () => browser.close(),
  };
}
