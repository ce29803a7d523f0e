/** Plants one bug in a copy of what was built. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileKernelModule } from '../../scripts/kernels/compile.ts';
import type { Bug } from './bug.ts';

const dist = join(import.meta.dirname, '..', '..');
const root = join(dist, '..');
/** The folders that the simulator needs. */
const needed = ['src', 'packages/server', 'packages/cluster', 'testing', 'sim'];

/**
 * Makes `dist/canary/<name>` and returns the path of the simulator there. Throws when the passage to be replaced is not
 * there, or there more than once.
 */
export async function plant(bug: Bug): Promise<string> {
  const copy = copyOfBuilt(bug.name, needed);
  const kernel = /^src\/(\w+)\/kernel\//.exec(bug.file)?.[1];
  if (kernel === undefined) {
    const path = join(copy, bug.file);
    writeFileSync(path, replaced(bug, readFileSync(path, 'utf8')));
  } else {
    let seen = false;
    const module = await compileKernelModule(`src/${kernel}/kernel/index.ts`, (path, text) => {
      if (!path.endsWith(bug.file)) return text;
      seen = true;
      return replaced(bug, text);
    });
    if (!seen) throw new Error(`${bug.name}: the compiler did not read ${bug.file}`);
    writeFileSync(join(copy, `src/${kernel}/kernel.gen.js`), module.replace(': string', ''));
  }
  return join(copy, 'sim/main.js');
}

/** Makes `dist/canary/<name>`, with the folders of what was built that are named; a package of its own, as they are. */
export function copyOfBuilt(name: string, folders: readonly string[]): string {
  const copy = join(dist, 'canary', name);
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  for (const folder of folders) {
    const filter = (path: string): boolean => !/\.test\.|\.map$|\.d\.ts$/.test(path);
    cpSync(join(dist, folder), join(copy, folder), { recursive: true, filter });
  }
  // `packages` import the core by its name: theirs shall be the copy.
  writeFileSync(
    join(copy, 'package.json'),
    readFileSync(join(root, 'package.json'), 'utf8').replaceAll('./dist/', './'),
  );
  return copy;
}

/** `text` with the bug in it. */
export function replaced(bug: Bug, text: string): string {
  const parts = text.split(bug.good);
  if (parts.length !== 2) {
    throw new Error(
      `${bug.name}: "${bug.good}" is ${parts.length - 1} times in ${bug.file}; the bug must be planted elsewhere`,
    );
  }
  return parts.join(bug.bad);
}
