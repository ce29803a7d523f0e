import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Names, NO_NAMES } from 'tallystick/internal/books';
import { loadNames, saveNames } from './files.ts';
import { HistoryFile } from './repl/history.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-names-'));
after(() => rmSync(folder, { recursive: true }));

const names: Names = NO_NAMES;

test('names are kept in a folder that need not be there, and read again', () => {
  const at = join(folder, 'a', 'b');
  saveNames(at, names);
  assert.deepEqual(loadNames(at), names);
  assert.deepEqual(readdirSync(at), ['names.json']);
});

test('a place that takes no folders is not_writable, for names and for what was typed', {
  skip: existsSync('/proc/self') ? false : 'no /proc here',
}, () => {
  for (const place of ['/proc/tallystick', '/proc/self/xyz', '/proc/tallystick/a/b']) {
    assert.throws(() => saveNames(place, names), { code: 'not_writable' });
    assert.match(new HistoryFile(join(place, 'history')).add('help')!, /cannot be kept/);
  }
});

test('a file in the way is not_writable', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  assert.throws(() => saveNames(file, names), { code: 'not_writable' });
});
