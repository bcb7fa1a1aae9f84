import { readFileSync } from 'node:fs';
import { cpus, getPriority, totalmem } from 'node:os';

/** Multiply-add instructions for 8-bit numbers that browsers' relaxed SIMD may become, by their names in Linux. */
const DOT_PRODUCTS = ['avx_vnni', 'avx512_vnni', 'asimddp'];

function flags() {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8').split(/\s+/);
  } catch {
    return undefined;
  }
}

/** What the figures depend on besides the code. */
export function machine() {
  const known = flags();
  return {
    cpu: cpus()[0].model,
    cores: cpus().length,
    gibibytes: Math.round(totalmem() / 2 ** 30),
    dotProducts: known ? DOT_PRODUCTS.filter((name) => known.includes(name)) : ['unknown'],
    // Browsers inherit it.
    niceness: getPriority(),
  };
}
