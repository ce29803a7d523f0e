/**
 * Prints what documents say about the code and its measurements: the diagram of rooms, recipes, tables of formats and
 * of figures. Each lies in its document between `<!-- name … -->` and `<!-- /name -->`; the rest is written by hand.
 *
 *   node dist/scripts/docs.js            writes what differs; takes the newest results of `npm run bench`
 *                                        and `npm run torture`
 *   node dist/scripts/docs.js --check    writes nothing and fails if anything does
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alternatives } from './docs/alternatives.ts';
import { api } from './docs/api.ts';
import { disk, peers, series } from './docs/benchmarks.ts';
import { doors } from './docs/doors.ts';
import { figures } from './docs/figures.ts';
import { formats } from './docs/formats.ts';
import type { Block } from './docs/printer.ts';
import { recipes } from './docs/recipes.ts';
import { houses, packages, rooms } from './docs/rooms.ts';
import { torture } from './docs/torture.ts';
import { wrap } from './docs/wrap.ts';

const root = join(import.meta.dirname, '..', '..');
const check = process.argv.includes('--check');

const blocks: readonly Block[] = [
  ['docs/architecture.md', 'houses', houses],
  ['docs/architecture.md', 'packages', packages],
  ['docs/architecture.md', 'rooms', rooms],
  ['docs/guides/recipes.md', 'recipes', recipes],
  ['docs/reference/api.md', 'api', api],
  ['docs/reference/helpers.md', 'api', api],
  ['docs/reference/testing.md', 'api', api],
  ['README.md', 'bench', figures],
  ['README.md', 'doors', doors],
  ['docs/benchmarks.md', 'peers', peers],
  ['docs/benchmarks.md', 'series', series],
  ['docs/benchmarks.md', 'disk', disk],
  ['docs/reliability.md', 'torture', torture],
  ['docs/adr/0003-machine-in-assemblyscript.md', 'measured', alternatives],
  ['docs/adr/0004-one-memory-three-threads.md', 'measured', alternatives],
  ['docs/adr/0008-grpc-on-http2.md', 'measured', alternatives],
  ['docs/adr/0010-unix-socket.md', 'measured', alternatives],
  ['docs/adr/0011-messagepack-read-by-hand.md', 'measured', alternatives],
  ...formats,
];

let different = 0;
for (const [path, name, print] of blocks) {
  const file = join(root, path);
  if (!existsSync(file)) continue;
  const before = readFileSync(file, 'utf8');
  const after = before.replace(
    new RegExp(`<!-- ${name}\\b(.*?) -->\\n.*?<!-- /${name} -->`, 's'),
    (_block, given: string) => {
      const { note, text } = print(root, given.trim(), check);
      return `<!-- ${`${name} ${note}`.trim()} -->\n${wrap(text)}\n<!-- /${name} -->`;
    },
  );
  if (after === before) continue;
  different += 1;
  console.log(`${check ? 'differs' : 'wrote'} ${path}: ${name}`);
  if (!check) writeFileSync(file, after);
}
if (check && different > 0) {
  console.error('run `npm run docs` and commit what it writes');
  process.exit(1);
}
