import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { answered, askedOf, cards, carried, drop, ESPRESSO, hook, openListening, photo } from '../visit.mjs';

/** @param {import('../visit.mjs').Card} card */
const states = ({ tags }) => tags.map(({ name, state }) => [name, state]);

/** @param {import('../browsers.mjs').Here} here */
export function demoPage(here) {
  const asked = () => askedOf(here);

  const coffeeCard = async () => (await cards(here.page))[0];

  /** Waits for the tags to be so many. @param {number} count @param {number} [card] */
  const tagsAre = (count, card = 0) =>
    here.page.until((count, card) => document.querySelectorAll('[data-testid=photo]')[card].querySelectorAll('[data-testid=tag]').length === count, count, card);

  /** Waits for the first photo's tags to be in these states. @param {string[]} states */
  const statesAre = (...states) =>
    here.page.until((states) => {
      const tags = document.querySelector('[data-testid=photo]').querySelectorAll('[data-testid=tag]');
      return JSON.stringify(Array.from(tags, ({ dataset }) => dataset.state)) === JSON.stringify(states);
    }, states);

  /** Gives the focus as a click on a label would. @param {string} selector */
  const focus = (selector) => here.page.run((selector) => document.querySelector(selector).focus(), selector);

  const focused = () => here.page.run(() => document.activeElement.closest('[data-tag-id]')?.dataset.tagId ?? document.activeElement.dataset.testid ?? document.activeElement.id);

  before(async () => {
    const { page } = here;
    await openListening(here);
    await drop(page, [photo('coffee.jpg'), photo('chelsea.jpg')]);
    await answered(page, 2);
  });

  test('sliders choose tags anew without another look at the photo', async () => {
    const { page } = here;
    const shown = await cards(page);
    assert.deepEqual((await asked()).filter((type) => type === 'tag'), ['tag', 'tag']);

    await focus(hook('min-confidence'));
    await page.press('Home');
    await page.click(hook('near-best'));
    await tagsAre(5);
    await focus(hook('max-tags'));
    await page.press('ArrowLeft', 'ArrowLeft');
    await tagsAre(3);
    const [coffee] = await cards(page);
    assert.deepEqual(coffee.tags, shown[0].tags.slice(0, 3));

    await focus(hook('min-confidence'));
    await page.press('End');
    await tagsAre(0);
    assert.equal((await coffeeCard()).outcome, 'no-confident-tag');
    assert.match((await coffeeCard()).trouble, /No tag is sure enough/);

    await page.press('Home');
    for (let step = 0; step < 15; step++) await page.press('ArrowRight');
    await page.click(hook('near-best'));
    await focus(hook('max-tags'));
    await page.press('ArrowRight', 'ArrowRight');
    await page.until((count) => document.querySelectorAll('[data-testid=tag]').length === count, shown.flatMap(({ tags }) => tags).length);
    assert.deepEqual(await cards(page), shown, 'and back');

    const questions = new Set(await asked());
    assert.deepEqual([...questions].sort(), ['select', 'set-options']);
  });

  test('by keyboard alone a tag is accepted, removed, brought back and added', async () => {
    const { page } = here;
    await page.click(hook('near-best'));
    await focus(hook('min-confidence'));
    await page.press('Home');
    await tagsAre(5);
    const [first, second, third] = (await coffeeCard()).tags.map(({ id }) => id);

    // Tab goes to the first photo's tags as one stop, arrows from tag to tag.
    await focus('#clear');
    for (let stop = await focused(); stop !== first; stop = await focused()) await page.press('Tab');
    await page.press('ArrowDown');
    assert.equal(await focused(), second);
    await page.press('Enter');
    await statesAre('accepted', 'suggested', 'accepted', 'accepted', 'suggested');
    await page.press('Enter', 'ArrowDown', 'Delete');
    assert.equal(await focused(), third);
    await statesAre('accepted', 'accepted', 'rejected', 'accepted', 'suggested');
    await page.press('Enter');
    await statesAre('accepted', 'accepted', 'accepted', 'accepted', 'suggested');
    await page.press('Delete', 'End');
    assert.equal(await focused(), 'add-tag');

    await page.press('Enter');
    assert.equal(await focused(), 'new-tag');
    await page.type('my cup; Sunday');
    await page.press('Enter');
    await statesAre('accepted', 'accepted', 'rejected', 'accepted', 'suggested', 'yours', 'yours');
    await page.press('Escape');
    assert.equal(await focused(), 'add-tag');
    await page.press('ArrowUp', 'Delete');
    await statesAre('accepted', 'accepted', 'rejected', 'accepted', 'suggested', 'yours');

    // What was decided outlasts a slider.
    await focus(hook('min-confidence'));
    await page.press('End');
    await statesAre('accepted', 'rejected', 'yours');
    await page.press('Home');
    await statesAre('accepted', 'accepted', 'rejected', 'accepted', 'suggested', 'yours');
  });

  test('a tag is accepted, removed and brought back by clicks', async () => {
    const { page } = here;
    await page.until(() => document.querySelectorAll('[data-testid=photo]:nth-child(2) [data-testid=tag]').length > 1);
    const { id } = (await cards(page))[1].tags[1];
    const chip = `[data-testid=photo]:nth-child(2) [data-tag-id="${id}"]`;
    const state = () => page.run((chip) => document.querySelector(chip).dataset.state, chip);
    const seen = [await state()];
    for (const part of ['.tag-body', hook('remove-tag'), hook('remove-tag')]) {
      await page.click(`${chip} ${part}`);
      const last = seen.at(-1);
      await page.until((chip, last) => document.querySelector(chip).dataset.state !== last, chip, last);
      seen.push(await state());
    }
    assert.deepEqual(seen, ['accepted', 'suggested', 'rejected', 'accepted']);
  });

  test('the tags can be taken along as JSON and as CSV', async () => {
    const { page } = here;
    await drop(page, [carried('=1+1, "quoted".txt', 'no image')]);
    await answered(page, 3);
    const shown = await cards(page);

    await page.click(hook('copy-json'));
    await page.until(() => !document.querySelector('[data-testid=notice]').hidden);
    const copied = JSON.parse(await page.run(() => navigator.clipboard.readText()));
    assert.deepEqual(copied.map(({ file, outcome }) => [file, outcome]), [['coffee.jpg', 'tagged'], ['chelsea.jpg', 'tagged'], ['=1+1, "quoted".txt', 'unsupported-format']]);
    assert.deepEqual(copied[0].image, { width: 600, height: 400, format: 'jpeg', decodedBy: 'rust' });
    assert.equal(copied[0].tags[0].id, ESPRESSO);
    assert.ok(copied[0].tags[0].confidence > 0.9 && copied[0].tags[0].confidence <= 1);
    for (const at of [0, 1]) assert.deepEqual(copied[at].tags.map(({ name, state }) => [name, state]), states(shown[at]));

    const { name, text } = await page.save(() => page.click(hook('download-csv')));
    assert.equal(name, 'tags.csv');
    const [head, coffee, chelsea, odd, end] = text.split('\r\n');
    assert.equal(head, '\uFEFFfile,outcome,tag_ids,tag_names,confidences,states');
    const cells = copied[0].tags;
    const joined = [cells.map(({ id }) => id), cells.map(({ name }) => name), cells.map(({ confidence }) => confidence ?? ''), cells.map(({ state }) => state)];
    const cell = (values) => (values.length > 1 ? `"${values.join(';')}"` : values.join());
    assert.equal(coffee, ['coffee.jpg', 'tagged', ...joined.map(cell)].join());
    assert.match(chelsea, /^chelsea\.jpg,tagged,"n\d{8};/);
    assert.equal(odd, `"'=1+1, ""quoted"".txt",unsupported-format,,,,`);
    assert.equal(end, '');
  });

  test('what a person sees is looked at first', async () => {
    const { page } = here;
    const begun = (await cards(page)).length;
    const count = 100;
    await drop(page, Array.from({ length: count }, (_, at) => photo('coffee.jpg', 'image/jpeg', `${at}.jpg`)));
    await page.until((count) => {
      const photos = document.querySelectorAll('[data-testid=photo]');
      const last = photos[count - 1];
      last?.scrollIntoView();
      return last;
    }, begun + count);
    const waiting = await page.until((count) => {
      const stages = Array.from(document.querySelectorAll('[data-testid=photo]'), (card) => card.dataset.stage);
      return stages[count - 1] === 'done' && stages.filter((stage) => stage === 'queued').length;
    }, begun + count);
    assert.ok(waiting > 0);
    await answered(page, begun + count);
  });
}
