/**
 * `npm run fuzz`: bytes at everything that reads bytes, steered by what they reach.
 *
 *   npm run fuzz -- --seconds 60           so long in all, ten seconds by default
 *   npm run fuzz -- --target runs          only this one
 *   npm run fuzz -- --target runs --input 00ff…    one input again
 *   npm run fuzz -- --seed 7
 *   npm run fuzz -- --services             bodies at every path of payments and of the gateway, in place of decoders
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Coverage } from './coverage.ts';
import { type Fuzzed, fuzz, type Target } from './fuzzer.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    target: { type: 'string' },
    services: { type: 'boolean', default: false },
    input: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});

// The code is loaded when the counting has begun.
const coverage = new Coverage();
const { decoders } = await import('./decoders.ts');
const { ledgerFiles } = await import('./files.ts');
/** The input that is being tried. */
let trying = '';
// Nothing is left to be done, and somebody still waits: a promise that nobody will ever settle.
function unanswered(): never {
  console.log(`never answered\n${trying}`);
  rmSync(home, { recursive: true, force: true });
  process.exit(1);
}
process.once('beforeExit', unanswered);
const home = mkdtempSync(join(tmpdir(), 'tallystick-fuzz-'));
try {
  const paths = values.services ? await (await import('./routes.ts')).routeTargets() : undefined;
  const targets = (paths?.targets ?? [...decoders, ...(await ledgerFiles(home))]).filter(
    ({ name }) => values.target === undefined || name === values.target,
  );
  const command = `npm run fuzz --${values.services ? ' --services' : ''}`;
  const again = (name: string, input: Uint8Array): string =>
    `${command} --target '${name}' --input ${Buffer.from(input).toString('hex')}`;
  if (values.input !== undefined) await targets[0]!.try(Buffer.from(values.input, 'hex'));
  else {
    for (const target of targets) {
      const watched: Target = {
        ...target,
        try(input) {
          trying = again(target.name, input);
          return target.try(input);
        },
      };
      const found: Fuzzed = await fuzz(
        watched,
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
  await paths?.close();
} finally {
  process.off('beforeExit', unanswered);
  coverage.stop();
  rmSync(home, { recursive: true, force: true });
}
