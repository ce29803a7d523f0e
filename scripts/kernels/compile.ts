/** Compiles one AssemblyScript kernel to WebAssembly, as the module that is committed beside its room. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** As much of the compiler as is used. Its own typings declare AssemblyScript's globals over ours, so they stay out. */
interface Compiler {
  main(options: string[], world: object): Promise<{ error: Error | null; stderr: { toString(): string } }>;
}

/**
 * The one shared memory is ours: a kernel imports it as ("env", "memory"), keeps no runtime and no data of its own in
 * it.
 */
const flags = [
  ...['-O3', '--runtime', 'stub', '--use', 'abort='],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  ...['--enable', 'threads', '--enable', 'bulk-memory', '--enable', 'simd'],
];

const root = join(import.meta.dirname, '..', '..', '..');

/**
 * `entry`: path from the repository's root. `change`: sees the text of every file on its way to the compiler. Returns
 * the text of `kernel.gen.ts`.
 */
export async function compileKernelModule(
  entry: string,
  change: (path: string, text: string) => string = (_, text) => text,
): Promise<string> {
  const compiler: string = 'assemblyscript/asc';
  const { default: asc } = (await import(compiler)) as { default: Compiler };
  let binary: Uint8Array | undefined;
  const result = await asc.main([entry, ...flags, '--outFile', 'kernel.wasm', '--baseDir', root], {
    readFile: (name: string, folder: string): string | null => {
      const path = join(folder, name);
      return existsSync(path) ? change(name, readFileSync(path, 'utf8')) : null;
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
  return print(entry, binary);
}

/**
 * A data segment would be copied over the shared memory at every instantiation, in every thread. Section 11 is data.
 */
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
