/**
 * Compiles every AssemblyScript kernel to WebAssembly and writes it, in base64, as a TypeScript module beside its room:
 * tsc copies no .wasm, and a module loads the same in a thread, a bundle and a test. The module is committed; `--check`
 * compiles again and compares.
 *
 *   node dist/scripts/kernels.js [--check] [ROOM …]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileKernelModule } from './kernels/compile.ts';

const root = join(import.meta.dirname, '..', '..');
const kernels = [
  { room: 'projector', entry: 'src/projector/kernel/index.ts', out: 'src/projector/kernel.gen.ts' },
  { room: 'machine', entry: 'src/machine/kernel/index.ts', out: 'src/machine/kernel.gen.ts' },
  { room: 'journal', entry: 'src/journal/kernel/index.ts', out: 'src/journal/kernel.gen.ts' },
  {
    room: 'benchmark',
    entry: 'packages/server/src/benchmark/kernel/index.ts',
    out: 'packages/server/src/benchmark/kernel.gen.ts',
  },
];

const check = process.argv.includes('--check');
const rooms = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

for (const { room, entry, out } of kernels) {
  if (rooms.length > 0 && !rooms.includes(room)) continue;
  if (!existsSync(join(root, entry))) continue;
  const text = await compileKernelModule(entry);
  const path = join(root, out);
  const fresh = existsSync(path) && readFileSync(path, 'utf8') === text;
  if (fresh) {
    console.log(`${out}: fresh`);
  } else if (check) {
    console.error(`${out}: not what ${entry} compiles to; run: npm run kernels`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    console.log(`${out}: written`);
  }
}
