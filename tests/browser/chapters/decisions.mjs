import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ESPRESSO, openBench } from '../visit.mjs';

/** The picture's name in the log. Any will do: these stories change no file. */
const PICTURE = 'coffee';

/** @typedef {import('../browsers.mjs').Here['page']} Tab */

/** The decision log against each browser's real IndexedDB. @param {import('../browsers.mjs').Here} here */
export function decisions(here) {
  /** @type {Tab} */
  let other;

  /** A page that remembers nothing of one before: the tab is loaded anew. @param {Tab} tab */
  async function open(tab) {
    await openBench({ ...here, page: tab });
    await tab.run(async () => {
      globalThis.changes = [];
      globalThis.log = await bench.tagdrop.openDecisionLog({ onChange: (change) => changes.push(change) });
      globalThis.made = (ids) => ids.map((id) => ({ id, name: id, confidence: 0.9, source: 'local', state: 'accepted', parents: [], why: { rule: 'class', threshold: 0.1, classes: [] } }));
      globalThis.shown = async (image, tags = []) => (await log.apply(image, made(tags))).map(({ id }) => id);
    });
  }

  /** The photo is tagged as a host would: what is rejected leaves its place to others, and the run is written down. @param {string} run */
  const tagPhoto = (run) =>
    here.page.run(
      async (picture, run) => {
        const tagger = await bench.tagdrop.createTagger({ workers: 1 });
        const { scores } = await tagger.tag(await bench.photo('coffee.jpg'));
        const selected = await tagger.select(scores, { rejected: await log.rejected(picture) });
        const tags = await log.remember(picture, selected, { id: run, model: tagger.model });
        tagger.dispose();
        return tags.map(({ id }) => id);
      },
      PICTURE,
      run,
    );

  before(async () => {
    other = await here.page.another();
    await open(here.page);
    await open(other);
  });
  after(() => other?.close());

  test('what is rejected does not return when the photo is tagged again, after a reload either', async () => {
    const { page } = here;
    const first = await tagPhoto('monday');
    assert.equal(first[0], ESPRESSO);
    await page.run((picture, tag) => log.decide(picture, tag, 'rejected'), PICTURE, ESPRESSO);
    await open(page);
    const again = await tagPhoto('tuesday');
    assert.ok(again.length > 0 && !again.includes(ESPRESSO), `${again}`);
    assert.ok(!(await page.run((picture, tag) => shown(picture, [tag]), PICTURE, ESPRESSO)).includes(ESPRESSO));
  });

  test('a change of model brings back nothing rejected and takes away nothing accepted', async () => {
    const { page } = here;
    await page.run(async () => {
      await log.remember('model', made(['cat', 'pet', 'tray']), { id: 'old', model: 'm@1' });
      await log.decide('model', 'cat', 'rejected');
      await log.decide('model', 'pet', 'accepted');
      await log.decide('model', 'person:Minka', 'own', { name: 'Minka' });
    });
    await open(page);
    const tags = await page.run(() => log.remember('model', made(['cat', 'sofa']), { id: 'new', model: 'm@2', mode: 'replace' }));
    assert.deepEqual(
      tags.map(({ id, name, source, state }) => [id, name, source, state]),
      [
        ['person:Minka', 'Minka', 'person', 'accepted'],
        ['pet', 'pet', 'person', 'accepted'],
        ['sofa', 'sofa', 'local', 'accepted'],
      ],
    );
  });

  test('a run is undone, whatever was reloaded meanwhile, and people keep what is theirs', async () => {
    const { page } = here;
    await page.run(async () => {
      for (const image of ['undo-1', 'undo-2']) await log.remember(image, made(['cat', 'pet']), { id: 'undone', model: 'm@1' });
      await log.decide('undo-1', 'cat', 'accepted');
      await log.remember('undo-1', made(['sofa']), { id: 'later', model: 'm@1' });
    });
    await open(page);
    assert.equal(await page.run(() => log.undo('undone')), 3);
    assert.deepEqual(await page.run(async () => [await shown('undo-1'), await shown('undo-2'), await log.isTagged('undo-2')]), [['cat', 'sofa'], [], false]);
    assert.equal(await page.run(() => log.undo('undone')), 0);
  });

  test('two tabs write at once, both hear of it, and nothing is lost', async () => {
    const { page } = here;
    const tags = (name) => Array.from({ length: 20 }, (_, at) => `${name}-${at}`);
    const decide = (tab, name) => tab.run((tags) => Promise.all(tags.map((tag) => log.decide('two', tag, 'own'))).then(() => undefined), tags(name));
    await Promise.all([decide(page, 'a'), decide(other, 'b')]);
    const all = [...tags('a'), ...tags('b')].sort();
    for (const tab of [page, other]) {
      assert.deepEqual((await tab.run(() => shown('two'))).sort(), all);
      await tab.until(() => changes.some(({ images, unsaved }) => images.includes('two') && unsaved === 0));
    }
    // The later word wins in both.
    await other.run(() => log.decide('two', 'a-0', 'rejected'));
    assert.ok(!(await page.run(() => shown('two', ['a-0']))).includes('a-0'));
  });

  test('two logs are merged: the latest wins, a tie rejects, in either order', async () => {
    const logs = [
      [
        { image: 'i', tag: 'late', decision: 'rejected', time: 1 },
        { image: 'i', tag: 'tie', decision: 'accepted', time: 5 },
        { image: 'j', tag: 'own', decision: 'own', time: 1 },
      ],
      [
        { image: 'i', tag: 'late', decision: 'accepted', time: 2 },
        { image: 'i', tag: 'tie', decision: 'rejected', time: 5 },
      ],
    ].map((entries) => JSON.stringify({ schema: 'tagdrop/decisions@1', entries }));
    const seen = await here.page.run(async (logs) => {
      const seen = [];
      for (const [name, order] of Object.entries({ one: logs, other: [...logs].reverse() })) {
        const log = await bench.tagdrop.openDecisionLog({ name });
        for (const json of order) await log.import(json);
        const again = await log.export();
        await log.import(again);
        seen.push({ rejected: await log.rejected('i'), same: again === (await log.export()), text: again });
        log.close();
      }
      const code = (await bench.refusal(log.import('[]'))).code;
      return { seen, code };
    }, logs);
    const [one, two] = seen.seen;
    assert.deepEqual([one.rejected, one.same, two.same, seen.code], [['tie'], true, true, 'invalid-options']);
    assert.equal(one.text, two.text);
    assert.deepEqual(JSON.parse(one.text).entries.map(({ tag, decision }) => [tag, decision]), [['late', 'accepted'], ['tie', 'rejected'], ['own', 'own']]);
  });

  test('all automatic tags are removed, or made permanent', async () => {
    const seen = await here.page.run(async () => {
      const log = await bench.tagdrop.openDecisionLog({ name: 'twins' });
      const ids = async () => (await log.apply('i')).map(({ id }) => id);
      await log.remember('i', made(['a']), { id: 'x', model: 'm@1' });
      const permanent = await log.makePermanent();
      await log.remember('i', made(['b']), { id: 'y', model: 'm@1' });
      const removed = await log.removeAutomatic();
      const left = await ids();
      await log.remember('i', made(['c']), { id: 'z', model: 'm@1', mode: 'untagged' });
      const untouched = await ids();
      await log.clear();
      const after = [await ids(), JSON.parse(await log.export()).entries];
      log.close();
      return { permanent, removed, left, untouched, after, closed: (await bench.refusal(log.apply('i'))).code };
    });
    assert.deepEqual(seen, { permanent: 1, removed: 1, left: ['a'], untouched: ['a'], after: [[], []], closed: 'disposed' });
  });

  test('without room decisions are kept in memory, counted, and written once there is some', async () => {
    const { page } = here;
    const seen = await page.run(async () => {
      const { put } = IDBObjectStore.prototype;
      changes.length = 0;
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
      await log.decide('full', 'mine', 'own');
      await log.decide('full', 'yours', 'rejected');
      const unsaved = log.unsaved;
      const ids = await shown('full', ['yours']);
      const exported = JSON.parse(await log.export()).entries.filter(({ image }) => image === 'full').length;
      IDBObjectStore.prototype.put = put;
      await log.decide('full', 'third', 'own');
      return { unsaved, ids, exported, now: log.unsaved, told: changes.map(({ unsaved }) => unsaved) };
    });
    assert.deepEqual(seen, { unsaved: 1, ids: ['mine'], exported: 2, now: 0, told: [1, 0] });
    await open(page);
    assert.deepEqual(await page.run(() => shown('full', ['yours'])), ['mine', 'third']);
  });

  test('a database that is evicted is made anew, and what the host exported comes back', async () => {
    const { page } = here;
    const exported = await page.run(async () => {
      await log.decide('evicted', 'mine', 'own');
      return log.export();
    });
    await other.run(
      () =>
        new Promise((resolve, reject) => {
          log.close();
          const request = indexedDB.deleteDatabase('tagdrop-decisions');
          request.onsuccess = () => resolve(null);
          request.onerror = () => reject(request.error);
        }),
    );
    assert.deepEqual(await page.run(() => shown('evicted')), []);
    await page.run((json) => log.import(json), exported);
    await open(page);
    assert.deepEqual(await page.run(async () => [await shown('evicted'), log.unsaved]), [['mine'], 0]);
    assert.equal(await page.run(() => log.export()), exported);
  });

  test('where there is no database it remembers until the page is left', async () => {
    const seen = await here.page.run(async () => {
      const { open } = IDBFactory.prototype;
      IDBFactory.prototype.open = () => {
        throw new DOMException('never here', 'SecurityError');
      };
      const log = await bench.tagdrop.openDecisionLog({ name: 'nowhere' });
      await log.decide('i', 'mine', 'own');
      await log.decide('j', 'mine', 'own');
      const seen = [(await log.apply('i')).map(({ id }) => id), log.unsaved, JSON.parse(await log.export()).entries.length];
      IDBFactory.prototype.open = open;
      log.close();
      return seen;
    });
    assert.deepEqual(seen, [['mine'], 2, 2]);
  });
}
