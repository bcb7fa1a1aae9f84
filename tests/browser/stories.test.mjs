import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inEachBrowser } from './browsers.mjs';
import { accessibility } from './chapters/accessibility.mjs';
import { decisions } from './chapters/decisions.mjs';
import { decoding } from './chapters/decoding.mjs';
import { demoPage } from './chapters/demo_page.mjs';
import { hostileFiles } from './chapters/hostile_files.mjs';
import { interruptions } from './chapters/interruptions.mjs';
import { languages } from './chapters/languages.mjs';
import { thePackage } from './chapters/package.mjs';
import { NEARLY, photos, scoresIn } from './chapters/photos.mjs';
import { privacy } from './chapters/privacy.mjs';
import { PHOTOS } from './visit.mjs';

// One run of each browser for everything that it can be one for: they take long to start.
inEachBrowser('stories', { photos, decoding, privacy, 'hostile files': hostileFiles, 'aborts and crashes': interruptions, 'the demo page': demoPage, languages, 'the package': thePackage, decisions, 'accessibility, light': accessibility });
inEachBrowser('stories in the dark', { 'accessibility, dark': accessibility }, { dark: true });

test('both browsers agree on every score of every photo', () => {
  const [some, others] = scoresIn.values();
  assert.equal(some.length, PHOTOS.length);
  for (const [at, scores] of some.entries()) {
    assert.equal(scores.length, 1000);
    for (const [index, score] of scores.entries()) assert.ok(Math.abs(score - others[at][index]) <= NEARLY, `${PHOTOS[at]}, class ${index}`);
  }
});
