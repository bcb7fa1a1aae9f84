/**
 * Tagdrop beside other engines: the same network in all, one thread each, in turns. `cargo xtask bench` prepares what this needs and
 * runs it: `node bench.mjs [--only CASE,…] [--rounds N] [--json]`. It writes BENCHMARKS.md and the README's table of speeds, unless only
 * some cases are asked for; with --json the last line is one JSON object.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openCases } from './cases.mjs';
import { machine } from './machine.mjs';
import { report, withSpeeds } from './report.mjs';
import { summary } from './summary.mjs';

const REPORT = new URL('../../BENCHMARKS.md', import.meta.url);
const README = new URL('../../README.md', import.meta.url);

const { values: flags } = parseArgs({ options: { only: { type: 'string' }, rounds: { type: 'string', default: '31' }, json: { type: 'boolean' } } });

const { cases, versions, close } = await openCases(Number(flags.rounds));
try {
  const chosen = flags.only?.split(',') ?? Object.keys(cases);
  for (const name of chosen) if (!Object.hasOwn(cases, name)) throw new Error(`No case is called '${name}'. They are: ${Object.keys(cases).join(', ')}.`);

  const here = machine();
  if (here.niceness) console.error(`The figures will be worse than they should: this runs at niceness ${here.niceness}.`);
  const results = /** @type {Record<string, any>} */ ({});
  for (const name of chosen) results[name] = await cases[name]();

  if (!flags.only) {
    const { devDependencies: peers } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'));
    await writeFile(REPORT, report(/** @type {any} */ (results), { machine: here, peers, browsers: [...versions], date: new Date() }));
    await writeFile(README, withSpeeds(await readFile(README, 'utf8'), /** @type {any} */ (results)));
    console.log('BENCHMARKS.md and the table of speeds in README.md are written.');
  }
  if (flags.json) console.log(JSON.stringify(summary(results)));
} finally {
  await close();
}
