/**
 * Compiles every AssemblyScript kernel to WebAssembly and writes it, in base64, as a TypeScript module beside its room: tsc copies no
 * .wasm, and a module loads the same in a thread, a bundle and a test. The module is committed; `--check` compiles again and compares.
 *
 *   node dist/scripts/kernels.js [--check] [ROOM …]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** As much of the compiler as is used. Its own typings declare AssemblyScript's globals over ours, so they stay out. */
interface Compiler {
  main(options: string[], world: object): Promise<{ error: Error | null; stderr: { toString(): string } }>;
}
const compiler: string = 'assemblyscript/asc';
const { default: asc } = (await import(compiler)) as { default: Compiler };

const root = join(import.meta.dirname, '..', '..');
const kernels = [
  { room: 'projector', entry: 'src/projector/kernel/index.ts', out: 'src/projector/kernel.gen.ts' },
  { room: 'machine', entry: 'src/machine/kernel/index.ts', out: 'src/machine/kernel.gen.ts' },
  { room: 'cli', entry: 'src/cli/kernel/index.ts', out: 'src/cli/kernel.gen.ts' },
];

/** The one shared memory is ours: a kernel imports it as ("env", "memory"), keeps no runtime and no data of its own in it. */
const flags = [
  ...['-O3', '--runtime', 'stub', '--use', 'abort='],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  ...['--enable', 'threads', '--enable', 'bulk-memory', '--enable', 'simd'],
];

const check = process.argv.includes('--check');
const rooms = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

for (const { room, entry, out } of kernels) {
  if (rooms.length > 0 && !rooms.includes(room)) continue;
  if (!existsSync(join(root, entry))) continue;
  const text = print(entry, await compile(entry));
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

async function compile(entry: string): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const result = await asc.main([entry, ...flags, '--outFile', 'kernel.wasm', '--baseDir', root], {
    readFile: (name: string, folder: string): string | null => {
      const path = join(folder, name);
      return existsSync(path) ? readFileSync(path, 'utf8') : null;
    },
    writeFile: (name: string, contents: Uint8Array | string): void => {
      if (name === 'kernel.wasm' && typeof contents !== 'string') binary = contents;
    },
    listFiles: (): string[] => [],
  });
  if (result.error !== null || binary === undefined) {
    console.error(result.stderr.toString());
    throw new Error(`${entry} does not compile`, { cause: result.error });
  }
  refuseData(entry, binary);
  return binary;
}

/** A data segment would be copied over the shared memory at every instantiation, in every thread. Section 11 is data. */
function refuseData(entry: string, binary: Uint8Array): void {
  let at = 8;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < binary.length) {
    const section = binary[at++]!;
    const size = number();
    if (section === 11) throw new Error(`${entry} has a data segment (a string, a static array?): ${size} bytes`);
    at += size;
  }
}

function print(entry: string, binary: Uint8Array): string {
  const base64 = Buffer.from(binary).toString('base64');
  return (
    `/** ${binary.length} bytes of WebAssembly compiled from ${entry}, in base64. Written by scripts/kernels.ts. */\n` +
    `export const kernelBase64: string =\n  '${base64}';\n`
  );
}
