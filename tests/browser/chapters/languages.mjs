import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { answered, askedOf, cards, drop, ESPRESSO, hook, openBench, openListening, photo } from '../visit.mjs';

const CAT = 'n02121808';
const DOG = 'n02084071';

/** @param {import('../browsers.mjs').Here} here */
export function languages(here) {
  const asked = () => askedOf(here);

  /** @param {string} language */
  const speak = (language) =>
    here.page.run((language) => {
      const select = document.querySelector('[data-testid=language]');
      select.value = language;
      select.dispatchEvent(new Event('change'));
    }, language);

  /** Waits for the first photo's first tag to be called so. @param {string} name */
  const isCalled = (name) => here.page.until((name) => document.querySelector('[data-testid=tag] .tag-name').textContent === name, name);

  /** Types words where photos are sought. @param {string} words */
  const seek = (words) =>
    here.page.run((words) => {
      const input = document.querySelector('[data-testid=search]');
      input.value = words;
      input.dispatchEvent(new Event('input'));
    }, words);

  /** Waits until a search has left these photos. @param {string[]} names */
  const areFound = (...names) =>
    here.page.until((names) => {
      const shown = Array.from(document.querySelectorAll('[data-testid=photo]:not([hidden]) h3'), (title) => title.textContent);
      return JSON.stringify(shown) === JSON.stringify(names);
    }, names);

  before(async () => {
    const { page } = here;
    await openListening(here);
    await drop(page, [photo('coffee.jpg'), photo('chelsea.jpg')]);
    await answered(page, 2);
  });

  test('another language renames the tags in place: the same ids, and no photo is looked at', async () => {
    const { page, site } = here;
    const english = await cards(page);
    assert.equal(english[0].tags[0].name, 'espresso');
    // What was removed is no suggestion, and must be renamed all the same.
    await page.click(`${hook('tag')}[data-tag-id="${english[0].tags[1].id}"] ${hook('remove-tag')}`);
    await asked();
    const begun = site.requests.length;
    await speak('de');
    await isCalled('Espresso');
    const german = await cards(page);
    const same = (all) => all.map(({ tags }) => tags.map(({ id }) => id));
    assert.deepEqual(same(german), same(english));
    assert.deepEqual(german[0].tags.slice(0, 2).map(({ name, state }) => [name, state]), [['Espresso', 'accepted'], ['Kaffee', 'rejected']]);
    assert.match(await page.run(() => document.querySelector('h1').textContent), /Schlagwörter für Ihre Fotos/);
    assert.equal(await page.run(() => document.documentElement.lang), 'de');
    assert.deepEqual([...new Set(await asked())].sort(), ['names', 'select', 'set-options']);
    const fetched = site.requests.slice(begun).map((path) => path.split('/').at(-1));
    assert.deepEqual(fetched.sort(), ['de.js', 'de.tsv'], 'only what the language needs');
    await page.until(() => document.querySelector('[data-testid=privacy]').dataset.downloads === '2');
    assert.equal(await page.run(() => document.querySelector('[data-testid=privacy]').dataset.requests), '0');

    await speak('ja');
    await isCalled('エスプレッソ');
    assert.deepEqual(same(await cards(page)), same(english));
    await speak('en');
    await isCalled('espresso');
    await page.click(`${hook('tag')}[data-tag-id="${english[0].tags[1].id}"] ${hook('remove-tag')}`);
    await page.until((state) => document.querySelectorAll('[data-testid=tag]')[1].dataset.state === state, english[0].tags[1].state);
    assert.deepEqual((await cards(page)).map(({ tags }) => tags), english.map(({ tags }) => tags));
    assert.ok(!(await asked()).includes('tag'));
  });

  test('the page says why a tag is there, to whoever visits it', async () => {
    const { page } = here;
    const why = (at) =>
      page.run((at) => {
        const body = document.querySelectorAll('[data-testid=tag] .tag-body')[at];
        return document.getElementById(body.getAttribute('aria-describedby')).textContent;
      }, at);
    assert.match(await why(0), /just this\. Shown from 15\s?% on\. Belongs to: coffee, drink/);
    assert.match(await why(1), /In sum of espresso \d+\s?%/);
    const visible = () => page.run(() => getComputedStyle(document.querySelector('[data-testid=tag] .tag-why')).visibility);
    assert.equal(await visible(), 'hidden');
    await page.run(() => document.querySelector('#clear').focus());
    await page.press('Tab');
    while ((await page.run(() => document.activeElement.className)) !== 'tag-body') await page.press('Tab');
    assert.equal(await visible(), 'visible');
    await page.press('Escape');
    assert.equal(await visible(), 'hidden');
  });

  test('words of any language find the same photos, whatever the page speaks', async () => {
    for (const words of ['cat', 'Katze', 'chat', 'gato', 'GATTO', 'kot', '猫', 'ねこ']) {
      await seek('no such thing');
      await areFound();
      await seek(words);
      await areFound('chelsea.jpg');
    }
    for (const words of ['Hund', 'chien', '犬']) {
      await seek('coffee');
      await areFound('coffee.jpg');
      await seek(words);
      await areFound();
    }
    await seek('');
    await areFound('coffee.jpg', 'chelsea.jpg');
    assert.ok(!(await asked()).includes('tag'));
  });

  test('the package speaks the browser’s language, the one asked for, or English', async () => {
    const { page } = here;
    await openBench(here);
    const seen = await page.run(async () => {
      const { createTagger } = bench.tagdrop;
      const coffee = await bench.photo('coffee.jpg');
      const tagger = await createTagger({ workers: 2, locale: 'pt-BR', deny: ['bebida'] });
      const { scores, tags } = await tagger.tag(coffee);
      const first = [tagger.locale, tags.map(({ id }) => id), tags[0].parents.map(({ name }) => name)];
      await tagger.setOptions({ locale: 'zh-Hans-CN', maxTags: 2 });
      const second = [tagger.locale, (await tagger.select(scores)).map(({ id }) => id)];
      // A worker that is started now knows the language and the list, which was in another.
      const late = await tagger.tag(coffee);
      await tagger.setOptions({ locale: 'sv', maxTags: undefined, deny: undefined });
      const third = [tagger.locale, (await tagger.select(scores)).map(({ name }) => name)];
      await tagger.setOptions({ locale: undefined });
      const found = [];
      for (const words of ['Hund', 'chien', '犬', 'dog']) found.push((await tagger.search(words, { locales: tagger.locales }))[0]);
      const names = await tagger.names([found[0].id, 'none']);
      const refused = (await bench.refusal(tagger.setOptions({ locale: 'no language' }))).code;
      const own = await tagger.search('dog');
      tagger.dispose();
      return { first, second, late: late.tags[0].name, third, found, names, refused, own: own[0], locales: tagger.locales };
    });
    const [locale, ids, parents] = seen.first;
    assert.equal(locale, 'pt');
    assert.equal(ids[0], ESPRESSO);
    assert.ok(parents.includes('café') && !parents.includes('bebida'), parents.join());
    assert.deepEqual(seen.second, ['zh', ids.slice(0, 2)]);
    assert.match(seen.late, /浓缩/);
    assert.equal(seen.third[0], 'en');
    assert.ok(seen.third[1].includes('drink'), seen.third[1].join());
    assert.deepEqual(seen.found, Array(4).fill({ id: DOG, name: 'dog' }));
    assert.deepEqual(seen.names, { [DOG]: 'dog' });
    assert.deepEqual([seen.refused, seen.own.id, seen.locales.length], ['invalid-options', DOG, 10]);
  });

  test('without a worker the same language comes out', async () => {
    const seen = await here.page.run(async () => {
      const tagger = await bench.tagdrop.createTagger({ worker: false, locale: 'de' });
      const { scores } = await tagger.tag(await bench.photo('chelsea.jpg'));
      const german = await tagger.select(scores);
      await tagger.setOptions({ locale: 'fr' });
      const french = await tagger.select(scores);
      const [found] = await tagger.search('Katze', { locales: ['de'] });
      tagger.dispose();
      return { german: german[0], french: french[0], found };
    });
    assert.deepEqual([seen.german.id, seen.german.name], [CAT, 'Katze']);
    assert.deepEqual([seen.french.id, seen.french.name], [CAT, 'chat']);
    assert.deepEqual(seen.found, { id: CAT, name: 'chat' });
  });
}
