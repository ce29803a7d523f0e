import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { importBook, NO_NAMES } from 'tallystick/internal/books';
import { type Ledger, TallystickError } from 'tallystick/internal/model';
import { BookFiles } from './book-files.ts';
import { patternOf } from './glob.ts';
import { printable, printableJson, printableLine } from './printable.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-box-'));
after(() => rmSync(folder, { recursive: true }));
const write = (path: string, text: string): string => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
  return join(folder, path);
};
const SECRET = 'SOME SECRET LINE=abc';
const secret = write('secret', `root:x:0\n${SECRET}\n`);
const main = write('book/main.journal', '2024-01-01 x\n  A  1 EUR\n  B\n');

/** What an import says of a book, and how long it took. Nothing is sent: the ledger is never asked. */
async function refusal(text: string, limits = {}): Promise<string> {
  const path = write('book/hostile.journal', text);
  const { source, files } = BookFiles.open(path, { limits });
  const started = performance.now();
  const error = await importBook({
    ledger: {} as Ledger,
    ...source,
    read: files.include,
    names: NO_NAMES,
    save: () => assert.fail('no name is saved'),
  }).then(
    () => assert.fail('the book is refused'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof TallystickError, String(error));
  assert.equal(error.code, 'book_invalid');
  assert.ok(performance.now() - started < 5000, 'soon');
  return error.message;
}

test('a book includes what lies below its folder, and nothing else unless it is allowed to', async () => {
  write('book/years/2023.journal', '');
  write('book/years/2024.journal', '');
  const { files } = BookFiles.open(main);
  const names = (pattern: string): string[] => files.include(pattern, main).map(({ path }) => basename(path));
  assert.deepEqual(names('years/*.journal'), ['2023.journal', '2024.journal']);
  assert.deepEqual(names('**/202[4-9].journal'), ['2024.journal']);
  assert.deepEqual(names('./years/../years/2023.journal'), ['2023.journal']);
  assert.deepEqual(names('years/2025.journal'), []);
  for (const path of [secret, '../secret', '../*', '/**/*.journal', 'years/../../secret', '/nowhere/at/all']) {
    assert.match(await refusal(`include ${path}\n`), /which is not below its folder/, path);
  }
  symlinkSync(secret, join(folder, 'book', 'link.journal'));
  symlinkSync(folder, join(folder, 'book', 'up'));
  assert.match(await refusal('include link.journal\n'), /which is not below its folder/);
  assert.match(await refusal('include li*.journal\n'), /which is not below its folder/);
  assert.match(await refusal('include up/secret\n'), /which is not below its folder/);
  rmSync(join(folder, 'book', 'link.journal'));
  const free = BookFiles.open(main, { outside: true });
  assert.equal(free.files.include('../secret', main).length, 1);
});

test('nothing is shown of a file that has no name of a book', async () => {
  write('book/id_rsa', `${SECRET}\n2024-01-01 x\n  Key ${SECRET}  1 EUR\n  B  2 EUR\n`);
  write('book/part.journal', `${SECRET}\n`);
  const hidden = await refusal('include id_rsa\n');
  assert.match(hidden, /id_rsa:1:1: this line cannot be taken for one of a book/);
  assert.doesNotMatch(hidden, /SECRET|Key/);
  assert.match(await refusal('include part.journal\n'), /SECRET/);
  assert.doesNotMatch(await refusal('include id_rsa\ninclude ../secret\n').catch(String), /SECRET/);
});

test('a pipe, a device and a folder are no books', {
  skip: process.platform === 'win32' ? 'no FIFOs' : false,
}, async () => {
  execFileSync('mkfifo', [join(folder, 'book', 'fifo')]);
  assert.match(await refusal('include fifo\n'), /is not a plain file/);
  assert.match(await refusal('include years\n'), /is not a plain file/);
  assert.throws(() => BookFiles.open(join(folder, 'book', 'fifo')), { code: 'book_invalid' });
  assert.throws(() => BookFiles.open('/dev/zero'), { code: 'book_invalid' });
  assert.throws(() => BookFiles.open(join(folder, 'nothing', 'x.journal')), { code: 'not_found' });
});

test('files, their depth, their bytes and what patterns look at have limits', async () => {
  for (let i = 1; i <= 20; i++) write(`book/e${i}.journal`, `include e${i + 1}.journal\ninclude e${i + 1}.journal\n`);
  write('book/e21.journal', '');
  assert.match(await refusal('include e1.journal\n', { filesMax: 500 }), /more than 500 files/);
  assert.match(await refusal('include e1.journal\n', { depthMax: 10 }), /more than 10 files deep/);
  assert.match(await refusal('include e1.journal\n', { bytesMax: 100 }), /more than 100 bytes/);
  assert.match(await refusal('include **/x\n', { entriesMax: 5 }), /over more than 5 files/);
  write('book/deep/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/b', '');
  assert.match(await refusal(`include deep/${'**/'.repeat(24)}x\n`), /no file is named/);
  assert.match(await refusal(`include ${'*a'.repeat(2000)}\n`), /no file is named/);
});

test('a pattern of stars is matched in time that grows with its length', () => {
  const stars = patternOf(`${'*a'.repeat(60)}*b`);
  const started = performance.now();
  assert.ok(!stars.test('a'.repeat(250)));
  assert.ok(performance.now() - started < 1000);
  assert.ok(patternOf('[!a-c]?[]x]*').test('dz]'));
  assert.ok(!patternOf('[!a-c]?').test('bz'));
  assert.ok(!patternOf('*').test('.hidden'));
});

test('what would act on a terminal is shown as what it is', () => {
  assert.equal(printable('a\x1b[31m\x07\x9b1m\tb\n\u202ec'), 'a\\x1b[31m\\x07\\x9b1m\tb\n\\u202ec');
  assert.equal(printableLine('a\nb'), 'a\\x0ab');
  const json = JSON.stringify({ 'a\x1b\x9b\u202e': 'é' });
  assert.deepEqual(JSON.parse(printableJson(json)), { 'a\x1b\x9b\u202e': 'é' });
  assert.match(printableJson(json), /^[ -~é]*$/);
});
