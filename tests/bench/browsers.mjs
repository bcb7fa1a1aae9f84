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

/**
 * @typedef {object} Visit
 * @property {string} version
 * @property {<T, A>(work: (given: A) => T, given: A) => Promise<Awaited<T>>} run In the page; both ways as JSON.
 * @property {() => Promise<void>} close
 */

/** One page in a browser of its own. @param {string} url @param {string} profile folder @returns {Promise<Visit>} */
export async function visitWithChromium(url, profile) {
  const context = await chromium.launchPersistentContext(profile, { executablePath: process.env.TAGDROP_CHROMIUM, args: CHROMIUM });
  context.setDefaultTimeout(PATIENCE);
  const [page] = context.pages();
  page.on('pageerror', (error) => console.error(`  page: ${error.message}`));
  await page.goto(url);
  return {
    version: `Chromium ${context.browser()?.version() ?? (await page.evaluate(() => navigator.userAgent.match(/Chrome\/(\S+)/)?.[1]))}`,
    run: (work, given) => page.evaluate(/** @type {any} */ (work), given),
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
    version: (await browser.version()).replace('/', ' '),
    run: (work, given) => page.evaluate(/** @type {any} */ (work), given),
    close: () => browser.close(),
  };
}
