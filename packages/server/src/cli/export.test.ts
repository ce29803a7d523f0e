import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open } from 'tallystick';
import { FILLED_COUNT as COUNT, fill } from '../../../../test/support/filled.ts';

const main = join(import.meta.dirname, 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'tallystick-export-'));
after(() => rmSync(folder, { recursive: true, force: true }));

before(async () => {
  await using ledger = await open(join(folder, 'shop'), { mode: 'inline' });
  await fill(ledger);
});

function tallystick(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 64 << 20,
  });
  return { code: status, out: stdout, err: stderr };
}

test('export, import, export: the same bytes', () => {
  const first = tallystick('export', 'shop');
  assert.deepEqual([first.code, first.err], [0, '']);
  writeFileSync(join(folder, 'shop.jsonl'), first.out);
  const imported = tallystick('import', 'shop.jsonl', '--into', 'copy');
  assert.deepEqual([imported.code, imported.err], [0, '']);
  assert.equal(imported.out, 'shop.jsonl: 2 accounts, 9,000 transfers into copy\n');
  assert.equal(tallystick('export', 'copy').out, first.out);
  assert.match(
    tallystick('import', 'shop.jsonl', '--into', 'copy', '--format', 'jsonl').out,
    /\(9,002 already there\)/,
  );
});

test('a file that is no archive makes no ledger, and a refusal ends with 1', () => {
  writeFileSync(join(folder, 'bad.jsonl'), '{"archive":1}\n');
  const bad = tallystick('import', 'bad.jsonl', '--into', 'bad');
  assert.equal(bad.code, 2);
  assert.match(bad.err, /^error book_invalid: bad\.jsonl ends within the archive/);
  assert.ok(!existsSync(join(folder, 'bad')));
  const account = '{"account":{"id":"1","ledger":0,"code":1,"flags":[],"timestamp":"5"}}';
  writeFileSync(
    join(folder, 'no.jsonl'),
    `{"archive":1}\n${account}\n{"end":{"accounts":1,"transfers":0,"expiries":0}}\n`,
  );
  const refused = tallystick('import', 'no.jsonl', '--into', 'no');
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /^unchecked no\.jsonl bears no sums.*\nrefused no\.jsonl:2: account 1: ledger_must_not_be_zero\. Zero is not a ledger\.\n/,
  );
});

test('kinds come alone, and CSV needs one', () => {
  const csv = tallystick('export', 'shop', '--format', 'csv', '--accounts');
  assert.match(
    csv.out,
    /^id,debits_pending,.*,flags,timestamp,timestamp_iso\r\n1,4500,4500,0,0,0,0,0,1,1,history,\d+,20[-T:.\dZ]+\r\n2,/,
  );
  assert.equal(tallystick('export', 'shop', '--events').out.split('\n').length, COUNT + 1);
  for (const args of [
    ['--format', 'csv'],
    ['--accounts', '--events'],
    ['--format', 'xml'],
  ]) {
    assert.equal(tallystick('export', 'shop', ...args).code, 2);
  }
  assert.equal(tallystick('export', 'nowhere').code, 2);
  assert.ok(!existsSync(join(folder, 'nowhere')));
});

test('a reader that has seen enough ends it quietly', () => {
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', `"${process.execPath}" "${main}" export shop | head -n 1`],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  assert.deepEqual([status, stdout, stderr], [0, '{"archive":3}\n', '']);
});

test('an archive that is not there is not found, and makes no ledger', () => {
  const { code, err } = tallystick('import', 'absent.jsonl', '--into', 'absent');
  assert.equal(code, 2);
  assert.match(err, /^error not_found: The archive absent\.jsonl cannot be read\./);
  assert.ok(!existsSync(join(folder, 'absent')));
});
