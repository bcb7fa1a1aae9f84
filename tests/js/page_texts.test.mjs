import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import english from '../../www/texts/en.js';

const root = new URL('../../', import.meta.url);
const html = await readFile(new URL('www/index.html', root), 'utf8');
const codesIn = async (folder, ending) =>
  (await readdir(new URL(folder, root))).filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length)).sort();
const languages = await codesIn('www/texts/', '.js');

/** Each text with the path to it. @returns {[string, string][]} */
const leaves = (node, path = '') =>
  typeof node === 'string' ? [[path, node]] : Object.entries(node).flatMap(([key, below]) => leaves(below, `${path}/${key}`));

const placeholders = (text) => [...text.matchAll(/\{\w+\}/g)].map(([found]) => found).sort();

/** What is counted has a form for each category that the language knows; English's stand for all. */
const isPlural = (node) => typeof node === 'object' && typeof node.other === 'string';
const COUNTED = Object.keys(english).filter((key) => isPlural(english[key]));

test('the page speaks the ten languages of the tags', async () => {
  const vocabulary = (await codesIn('models/efficientnet-lite0/vocabulary/', '.tsv')).filter((file) => file !== 'concepts');
  const offered = [...html.matchAll(/<option value="(\w+)" lang="\1"/g)].map(([, code]) => code).sort();
  assert.equal(languages.length, 10);
  assert.deepEqual(languages, vocabulary);
  assert.deepEqual(languages, offered);
});

test('every language has every text, with the same placeholders', async () => {
  const page = new Set([...html.matchAll(/data-(?:text|label|hint)="(\w+)"/g)].map(([, key]) => key));
  const known = new Map(leaves(english));
  for (const code of languages.filter((code) => code !== 'en')) {
    const { page: written, ...texts } = (await import(`../../www/texts/${code}.js`)).default;
    assert.deepEqual(new Set(Object.keys(written)), page, code);
    const isCounted = (path) => COUNTED.includes(path.split('/')[1]);
    const mine = leaves(texts);
    assert.deepEqual(
      mine.map(([path]) => path).filter((path) => !isCounted(path)).sort(),
      [...known.keys()].filter((path) => !isCounted(path)).sort(),
      code,
    );
    for (const [path, text] of [...mine, ...leaves(written)]) {
      assert.ok(text.trim(), `${code}${path}`);
      if (known.has(path)) assert.deepEqual(placeholders(text), placeholders(known.get(path)), `${code}${path}`);
    }
    const { pluralCategories } = new Intl.PluralRules(code).resolvedOptions();
    for (const key of COUNTED) {
      assert.deepEqual(Object.keys(texts[key]).sort(), [...pluralCategories].sort(), `${code} ${key}`);
      for (const form of Object.values(texts[key])) assert.deepEqual(placeholders(form), ['{n}'], `${code} ${key}`);
    }
  }
});

test('every code that the package can give has its words', async () => {
  const types = await readFile(new URL('js/types.d.ts', root), 'utf8');
  const [list] = /export type ErrorCode =[^]*?'internal';/.exec(types);
  const codes = [...list.matchAll(/\| '([a-z-]+)'/g)].map(([, code]) => code);
  assert.deepEqual(Object.keys(english.troubles).sort(), [...codes, 'no-confident-tag'].sort());
});
