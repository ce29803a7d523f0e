import '../../../../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FORMATS } from './format.ts';

const main = join(import.meta.dirname, '..', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'tallystick-repl-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function repl(args: readonly string[], input = ''): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'repl', ...args], {
    cwd: folder,
    encoding: 'utf8',
    input,
    timeout: 60_000,
  });
  return { code: status, out: stdout, err: stderr };
}

test('a command runs on a folder, which keeps what it did', () => {
  const first = repl(['shop', '--command', 'create_accounts id=1 ledger=1 code=1; lookup_accounts id=1']);
  assert.equal(first.code, 0, first.err);
  assert.equal(first.err, 'new a ledger was made in shop, where there was none\n');
  assert.equal(first.out.split('\n').length, 3);
  const second = repl(['shop', '--command', 'query_accounts']);
  assert.equal(JSON.parse(second.out).id, '1');
  assert.equal(second.err, '');
});

test('a script comes from stdin, one statement a line, with comments', () => {
  const script =
    '# two accounts\ncreate_accounts id=1 ledger=1 code=1,\n  id=2 ledger=1 code=1\nquery_accounts limit=1 # one\n';
  const { code, out, err } = repl([':memory:', '--json'], script);
  assert.equal(code, 0, err);
  assert.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).status ?? JSON.parse(line).id),
    ['created', 'created', '1'],
  );
});

test('1 says that a statement was not understood, found nothing or was refused', () => {
  const mistake = repl(['--command', 'lookup_accounts id=']);
  assert.deepEqual([mistake.code, mistake.out], [1, '']);
  assert.match(mistake.err, /^Fail near line 1, column 19:\n\nlookup_accounts id=\n {19}\^ Near here\.\n\n/);
  const empty = repl(['--command', 'lookup_accounts id=7']);
  assert.deepEqual([empty.code, empty.out, empty.err], [1, '', 'No accounts were found.\n']);
  const refused = repl(['--command', 'create_accounts id=7']);
  assert.equal(refused.code, 1);
  assert.match(refused.out, /"status":"ledger_must_not_be_zero"/);
});

test('2 says that there is no such ledger, or no such format', () => {
  const file = repl([main, '--command', 'help']);
  assert.equal(file.code, 2);
  assert.match(file.err, /^error \w+: /);
  assert.equal(repl(['--format', 'yaml']).code, 2);
});

test('every format can be asked for', () => {
  assert.match(repl(['--help']).out.replace(/\s+/g, ' '), new RegExp(FORMATS.map((name) => `"${name}"`).join(', ')));
  for (const [name, pattern] of [
    ['table', /^id +status +timestamp\n/],
    ['json', /^\{"timestamp":"\d+","timestamp_iso":"[-T:.\dZ]+","status":"created"\}\n$/],
    ['tigerbeetle', /"status": "tigerbeetle\.CreateAccountStatus\.created"\n\}\n$/],
  ] as const) {
    assert.match(repl(['--format', name, '--command', 'create_accounts id=1 ledger=1 code=1']).out, pattern);
  }
});

test('help ends by itself', () => {
  const { code, out } = repl(['--command=help']);
  assert.equal(code, 0);
  assert.match(out, /get_change_events/);
});
