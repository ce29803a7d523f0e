/**
 * A few rows of `npm run matrix`, against the packed core in a fresh folder: this Node, Node 20, TypeScript, a bundler.
 * `$MATRIX_TOOLS` is a `node_modules` that has what npm does not install here; without it those rows skip.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { few, rows } from '../scripts/matrix/rows.ts';
import { missing, type RowResult, serving, tryRow } from '../scripts/matrix/run.ts';
import { Tools } from '../scripts/matrix/tools.ts';
import { temporaryFolder } from './support/folders.ts';
import { installCore, link, manifestOf } from './support/packages.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = temporaryFolder();
installCore(folder);
link(folder, ['typescript', '@types/node', 'undici-types']);
const tools = new Tools(folder, join(folder, `tallystick-${manifestOf('.').version}.tgz`), '');
const given = process.env.MATRIX_TOOLS;
if (given !== undefined && existsSync(join(given, '@esbuild'))) {
  for (const name of ['node-20', '@esbuild']) symlinkSync(join(given, name), join(folder, 'node_modules', name));
}

let server: ChildProcess;
let address: string;
before(async () => {
  [server, address] = await serving(join(root, 'dist', 'packages', 'server', 'src', 'cli', 'main.js'));
});
after(() => server.kill());

for (const row of few) {
  const name = `${row.where}, ${row.how}${row.tool === undefined ? '' : `, ${row.tool}`}`;
  test(`the programs of README and Start: ${name}`, { timeout: 300_000 }, (t) => {
    const absent = missing(row, tools);
    if (absent.length > 0) {
      const why = `$MATRIX_TOOLS has no ${absent.join(', ')}`;
      t.skip(why);
      return;
    }
    const { cells, unexpected } = tryRow(root, row, tools, address);
    assert.deepEqual(unexpected, [], JSON.stringify(cells));
  });
}

test('what the matrix recorded is what its rows expect: it worked, or failed with the word that says why', () => {
  const page = readFileSync(join(root, 'docs', 'guides', 'packages.md'), 'utf8');
  const file = /<!-- matrix (\S+) -->/.exec(page)?.[1];
  assert.ok(file !== undefined && readdirSync(join(root, 'scripts', 'matrix', 'results')).includes(file));
  const recorded = JSON.parse(readFileSync(join(root, 'scripts', 'matrix', 'results', file), 'utf8')) as {
    readonly rows: readonly RowResult[];
  };
  assert.ok(recorded.rows.length >= 25, `${recorded.rows.length}`);
  for (const { where, how, cells } of recorded.rows) {
    const row = rows.find((each) => each.where === where && each.how === how);
    assert.ok(row !== undefined, `${where}, ${how} is no row any more: run the matrix again`);
    for (const [column, { ok, said }] of Object.entries(cells)) {
      const refused: string | undefined = row.refused?.[column as 'folder'];
      assert.deepEqual([ok, said], [refused === undefined, refused ?? ''], `${where}, ${how}, ${column}`);
    }
  }
});
