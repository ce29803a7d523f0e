/**
 * `npm run fuzz`: bytes at everything that reads bytes, steered by what they reach.
 *
 *   npm run fuzz -- --seconds 60           so long in all, ten seconds by default
 *   npm run fuzz -- --target runs          only this one
 *   npm run fuzz -- --target runs --input 00ff…    one input again
 *   npm run fuzz -- --seed 7
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Coverage } from './coverage.ts';
import { type Fuzzed, fuzz } from './fuzzer.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    target: { type: 'string' },
    input: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});

// The code is loaded when the counting has begun.
const coverage = new Coverage();
const { decoders } = await import('./decoders.ts');
const { ledgerFiles } = await import('./files.ts');
const home = mkdtempSync(join(tmpdir(), 'tallystick-fuzz-'));
try {
  const targets = [...decoders, ...(await ledgerFiles(home))].filter(
    ({ name }) => values.target === undefined || name === values.target,
  );
  if (values.input !== undefined) await targets[0]!.try(Buffer.from(values.input, 'hex'));
  else {
    for (const target of targets) {
      const found: Fuzzed = await fuzz(
        target,
        coverage,
        (Number(values.seconds) * 1000) / targets.length,
        Number(values.seed),
      );
      const { inputs, kept, blocks, findings } = found;
      console.log(
        `${target.name}: ${inputs} inputs, ${kept} kept, ${blocks} blocks reached, ${findings.length} findings`,
      );
      for (const { input, error } of findings) {
        console.log(`${error}\nnpm run fuzz -- --target '${target.name}' --input ${input}`);
        process.exitCode = 1;
      }
    }
    console.log(`seed ${values.seed}`);
  }
} finally {
  coverage.stop();
  rmSync(home, { recursive: true, force: true });
}
