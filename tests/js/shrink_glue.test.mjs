import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shrink } from '../../xtask/src/shrink_glue.mjs';

const LONG = `__wbg_double_${'0123456789abcdef'.repeat(8)}`;

/** A part of a binary, behind its length. */
const sized = (...parts) => {
  const content = parts.flat();
  assert.ok(content.length < 0x4000);
  return [...(content.length < 0x80 ? [] : [(content.length & 0x7f) | 0x80]), content.length < 0x80 ? content.length : content.length >> 7, ...content];
};
const name = (text) => sized([...Buffer.from(text)]);

/** Imports two functions of './x_bg.js', i32 -> i32, and exports one that calls the first with what the second makes of its argument. */
const WASM = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    [0x01, ...sized([0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f])],
    [0x02, ...sized([0x02], name('./x_bg.js'), name(LONG), [0x00, 0x00], name('./x_bg.js'), name('__wbg_next_00'), [0x00, 0x00])],
    [0x03, ...sized([0x01, 0x00])],
    [0x07, ...sized([0x01], name('run'), [0x00, 0x02])],
    [0x0a, ...sized([0x01], sized([0x00, 0x20, 0x00, 0x10, 0x01, 0x10, 0x00, 0x0b]))],
  ].flat(),
);

const GLUE = `
/** A comment. */
function imports() {
    const import0 = {
        __proto__: null,
        ${LONG}: function(arg0) {
            const ret = 2 * arg0;
            return ret;
        },
        __wbg_next_00: function(arg0) {
            return arg0 + 1;
        },
    };
    return { './x_bg.js': import0 };
}
export function run(bytes, value) {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports()).exports.run(value);
}
`;

test('module and binary agree on shorter names, and do what they did', async () => {
  const [{ glue, wasm }] = await shrink([{ glue: GLUE, wasm: WASM }]);
  assert.ok(glue.length < GLUE.length / 2 && wasm.length < WASM.length - 100, `${glue.length}, ${wasm.length}`);
  assert.doesNotMatch(glue + Buffer.from(wasm).toString('latin1'), /__wbg_|comment/);
  assert.equal(await run(glue, wasm, 20), 42);
});

test('what has one name in several pairs has one afterwards, so that a module fits the other’s binary', async () => {
  // Of two pairs, one before these has an import more, so that places differ.
  const renamed = Buffer.from(WASM);
  renamed.write('__wbg_else_00', renamed.indexOf('__wbg_next_00'));
  const before = { glue: GLUE.replaceAll('__wbg_next_00', '__wbg_else_00'), wasm: renamed };
  const [, one, other] = await shrink([before, { glue: GLUE, wasm: WASM }, { glue: GLUE.replace('+ 1', '+ 2'), wasm: WASM }]);
  assert.equal(await run(one.glue, other.wasm, 20), 42);
  assert.equal(await run(other.glue, one.wasm, 20), 44);
  const [first] = await shrink([before]);
  await assert.rejects(run(first.glue, one.wasm, 20), WebAssembly.LinkError);
});

test('a module of another binary is refused', async () => {
  const refused = (glue, wasm, message) => assert.rejects(shrink([{ glue, wasm }]), message);
  await refused(GLUE.replace('__wbg_next_00', '__wbg_other_00'), WASM, /only one of them has __wbg_next_00,__wbg_other_00/);
  await refused(GLUE.replace('__wbg_next_00: function(', '__wbg_next_00: ('), WASM, /only one of them has __wbg_next_00$/);
  await refused(GLUE, WASM.subarray(0, 8), /imports nothing/);
});

/** What the module makes of a value. */
async function run(glue, wasm, value) {
  const module = await import(`data:text/javascript,${encodeURIComponent(glue)}`);
  return module.run(wasm, value);
}
