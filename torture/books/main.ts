/**
 * `npm run books`: random books, read by us and by the program that they are written for, until the two differ.
 *
 *   npm run books -- --dialect ledger --books 10000 --seed 1
 *
 * The programs must be on the PATH; Beancount is a module of python3. What is known to differ stands in
 * docs/guides/import.md, and is counted apart.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareBooks } from './compare.ts';
import { type Dialect, EXTENSIONS, installed, show } from './tools.ts';

const { values } = parseArgs({
  options: {
    dialect: { type: 'string' },
    books: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    shown: { type: 'string', default: '5' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'tallystick-books-'));
let failed = false;
for (const dialect of Object.keys(EXTENSIONS) as Dialect[]) {
  if (values.dialect !== undefined && values.dialect !== dialect) continue;
  const version = installed(dialect);
  if (version === undefined) {
    console.log(`${dialect}: not installed, so nothing was compared`);
    continue;
  }
  const result = await compareBooks(dialect, Number(values.seed), Number(values.books), folder);
  console.log(
    `${dialect} (${version}), seed ${values.seed}: ${result.same} the same, ${result.refused} refused by both, ` +
      `${result.known} differ as documented, ${result.differences.length} differ`,
  );
  for (const { text, theirs, ours, told } of result.differences.slice(0, Number(values.shown))) {
    console.log(
      `--- book\n${text}--- ${dialect}\n${show(theirs)}\n--- tallystick\n${show(ours)}\n${told.join('\n')}\n`,
    );
  }
  failed ||= result.differences.length > 0;
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = failed ? 1 : 0;
