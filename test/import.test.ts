/** `tallystick import` as a program sees it: dry runs, tables of banks, and what a refused book leaves behind. */
import './support/plain.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from './support/folders.ts';

const main = join(import.meta.dirname, '..', 'packages', 'server', 'src', 'cli', 'main.js');
const folder = temporaryFolder();

function tallystick(...args: string[]): { code: number | null; out: string; err: string } {
  const options = { cwd: folder, encoding: 'utf8', timeout: 120_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], options);
  return { code: status, out: stdout, err: stderr };
}

test('a book that is refused leaves nothing behind, no folder either', () => {
  writeFileSync(join(folder, 'bad.journal'), '2024-01-01 x\n    A  1 EUR\n    B  1 EUR\n');
  writeFileSync(join(folder, 'claim.journal'), '2024-01-01 x\n    A  1 EUR = 5 EUR\n    B\n');
  for (const book of ['bad.journal', 'claim.journal']) {
    assert.equal(tallystick('import', book, '--into', 'refused').code, 2);
    assert.ok(!existsSync(join(folder, 'refused')), book);
  }
});

test('a dry run shows the first ten transactions as they are understood, and changes nothing', () => {
  const rows = Array.from({ length: 12 }, (_, i) => `${10 + i}.01.2024;Shop ${i};-${i},50\n`).join('');
  writeFileSync(join(folder, 'bank.csv'), `Tag;Text;Betrag\n${rows}`);
  const columns = [
    '--csv-columns',
    'date,description,amount',
    '--csv-account',
    'Assets:Bank',
    '--csv-commodity',
    'EUR',
  ];
  const { code, out } = tallystick('import', 'bank.csv', '--dry-run', '--into', 'dry', ...columns);
  assert.equal(code, 0);
  assert.match(out, /^2024-01-10 Shop 0\n {4}Assets:Bank +-0\.50 EUR\n {4}Expenses:Unknown +0\.50 EUR\n/);
  assert.match(
    out,
    /Shop 9\n[\s\S]*and 2 more transactions\n\nbank\.csv \(csv\): 3 accounts, 12 transactions; nothing/,
  );
  assert.doesNotMatch(out, /Shop 10/);
  assert.ok(!existsSync(join(folder, 'dry')));
  writeFileSync(join(folder, 'till.journal'), '2024-01-02 A sale\n    Cash  12.50 USD\n    Sales\n');
  assert.match(tallystick('import', 'till.journal', '--dry-run').out, /2024-01-02 A sale\n/);
  assert.equal(tallystick('import', 'bank.csv', '--into', 'dry').code, 2);
});

test('rules beside a table are found, and others may be named', () => {
  const rules = 'skip\nseparator ;\nfields date,description,amount\ndate-format %d.%m.%Y\ndecimal-mark ,\n';
  writeFileSync(join(folder, 'own.csv'), 'Tag;Text;Betrag\n05.01.2024;B\xe4cker;-2,50\n', 'latin1');
  writeFileSync(join(folder, 'own.csv.rules'), `${rules}encoding iso-8859-1\ncurrency EUR \naccount1 bank\n`);
  writeFileSync(join(folder, 'other.rules'), `${rules}encoding cp1252\ncurrency USD \naccount1 bank\n`);
  const shown = (...args: string[]): string => tallystick('import', ...args, '--dry-run').out;
  assert.match(shown('own.csv'), /Bäcker\n {4}bank +-2\.50 EUR\n {4}expenses:unknown +2\.50 EUR\n\nown\.csv \(rules\)/);
  assert.match(shown('own.csv.rules'), /bank +-2\.50 EUR/);
  assert.match(shown('own.csv', '--rules', 'other.rules'), /bank +-2\.50 USD/);
  const { code, err } = tallystick('import', 'own.csv', '--format', 'csv', '--dry-run');
  assert.equal(code, 2);
  assert.match(err, /not UTF-8/);
});
