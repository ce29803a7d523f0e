import '../../../../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, test } from 'node:test';
import { complete } from './complete.ts';
import { HISTORY_MAX, HistoryFile, historyPath } from './history.ts';
import { interact } from './interact.ts';
import type { Outcome } from './session.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallystick-repl-'));
after(() => rmSync(folder, { recursive: true, force: true }));

for (const [text, word, ...some] of [
  ['', '', 'create_accounts ', 'get_change_events ', 'help ', 'explain ', 'exit '],
  ['create_', 'create_', 'create_accounts ', 'create_transfers '],
  ['help; look', 'look', 'lookup_accounts ', 'lookup_transfers '],
  ['create_accounts ', '', 'id=', 'ledger=', 'flags=', 'user_data_128='],
  ['create_accounts le', 'le', 'ledger='],
  ['create_accounts ledger=1 le', 'le'],
  ['create_accounts ledger=1, le', 'le', 'ledger='],
  ['create_accounts id', 'id', 'id='],
  ['create_accounts id ', '', '='],
  ['create_accounts flags=', '', 'linked', 'debits_must_not_exceed_credits', 'closed'],
  ['create_accounts flags = h', 'h', 'history'],
  ['create_accounts flags=linked|', '', 'history', 'imported'],
  ['create_accounts flags=linked|l', 'l'],
  ['create_transfers flags=pending | cl', 'cl', 'closing_debit', 'closing_credit'],
  ['create_transfers id=', '', 'id()'],
  ['create_transfers amount=A', 'A', 'AMOUNT_MAX'],
  ['get_account_transfers flags=', '', 'debits', 'credits', 'reversed'],
  ['get_account_transfers time', 'time', 'timestamp_min=', 'timestamp_max='],
  ['create_accounts id=1|', ''],
  ['nonsense ', ''],
  ['search_transfers flags=o', 'o', 'open'],
  ['balance_at side=', '', 'debit', 'credit'],
  ['lookup_p', 'lookup_p', 'lookup_pendings '],
  ['help cre', 'cre', 'create_accounts', 'create_transfers'],
  ['explain exceeds_', 'exceeds_', 'exceeds_credits', 'exceeds_debits'],
] as const) {
  test(`Tab behind ${JSON.stringify(text)}`, () => {
    const [hits, of] = complete(text);
    assert.equal(of, word);
    if (some.length === 0) assert.deepEqual(hits, []);
    for (const hit of some) assert.ok(hits.includes(hit), `${hit} in ${hits}`);
    for (const hit of hits) assert.ok(hit.startsWith(word));
  });
}

test('Tab offers no flag of another record, and no key twice', () => {
  assert.ok(!complete('create_accounts flags=')[0].includes('pending'));
  assert.ok(!complete('create_accounts id=1 ')[0].includes('id='));
  assert.ok(!complete('create_accounts ')[0].includes('reserved='));
});

test('history is kept where the system keeps state, for its owner alone', () => {
  assert.equal(historyPath({ XDG_STATE_HOME: '/state' }), '/state/tallystick/history');
  assert.match(historyPath({}), /\/\.tallystick_history$/);
  const path = join(folder, 'state', 'history');
  const history = new HistoryFile(path);
  assert.deepEqual(history.load(), []);
  for (const line of ['help', 'help', 'lookup_accounts id=1', '  ']) assert.equal(history.add(line), undefined);
  assert.equal(readFileSync(path, 'utf8'), 'help\nlookup_accounts id=1\n');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  chmodSync(path, 0o644);
  const again = new HistoryFile(path);
  assert.deepEqual(again.load(), ['lookup_accounts id=1', 'help']);
  again.add('lookup_accounts id=1');
  assert.equal(statSync(path).mode & 0o777, 0o644, 'the same line is not written twice');
  again.add('exit');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('history does not grow for ever, and is missed quietly', () => {
  const path = join(folder, 'long');
  writeFileSync(path, Array.from({ length: 2 * HISTORY_MAX + 1 }, (_, index) => `line ${index}\n`).join(''));
  assert.equal(new HistoryFile(path).load().length, HISTORY_MAX);
  assert.equal(readFileSync(path, 'utf8').split('\n').length, HISTORY_MAX + 1);
  const nowhere = new HistoryFile(join(path, 'below-a-file'));
  assert.deepEqual(nowhere.load(), []);
  assert.match(nowhere.add('help')!, /^The history cannot be kept: /);
  assert.equal(nowhere.add('exit'), undefined);
});

/** Types at the prompt; resolves when it has ended. */
async function typeWith(
  history: HistoryFile | undefined,
  ...keys: string[]
): Promise<{ ran: string[]; shown: string }> {
  const input = new PassThrough();
  const output = new PassThrough();
  const ran: string[] = [];
  let shown = '';
  output.on('data', (bytes: Buffer) => {
    shown += bytes.toString();
  });
  const ended = interact({
    input,
    output,
    history,
    run: async (text): Promise<Outcome> => {
      ran.push(text);
      if (text === 'fail') throw new Error('the world');
      return text === 'exit' ? 'exit' : 'done';
    },
    explain: (error) => `explained: ${(error as Error).message}`,
  });
  for (const key of keys) {
    input.write(key);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await ended;
  return { ran, shown };
}

const type = (...keys: string[]): Promise<{ ran: string[]; shown: string }> => typeWith(undefined, ...keys);

test('lines run one after the other until Ctrl-D', async () => {
  const { ran, shown } = await type('help\r', 'explain linked\r', '\u0004');
  assert.deepEqual(ran, ['help', 'explain linked']);
  assert.match(shown, /Exiting\.\r?\n$/);
});

test('exit ends it, and what went wrong does not', async () => {
  const { ran, shown } = await type('fail\r', 'exit\r');
  assert.deepEqual(ran, ['fail', 'exit']);
  assert.match(shown, /explained: the world/);
});

test('a line that ends in a sign goes on in the next', async () => {
  const { ran } = await type('lookup_accounts id=1,\r', 'id=2\r', '\u0004');
  assert.deepEqual(ran, ['lookup_accounts id=1,\nid=2']);
});

test('Ctrl-C forgets the line and stays', async () => {
  const { ran, shown } = await type('lookup_accounts id=1,\r', 'id=2', '\u0003', 'help\r', '\u0004');
  assert.deepEqual(ran, ['help']);
  assert.match(shown, /\^C/);
});

test('Tab completes at the prompt, and arrows bring lines back', async () => {
  const { ran } = await type('lookup_t\t', 'id=1\r', '\u001b[A\r', '\u0004');
  assert.deepEqual(ran, ['lookup_transfers id=1', 'lookup_transfers id=1']);
});

test('a statement over two lines comes back as one, at the prompt and from the file', async () => {
  const history = new HistoryFile(join(folder, 'two-lines'));
  const typed = ['lookup_accounts id=1,\r', 'id=2\r'];
  const { ran } = await typeWith(history, ...typed, '\u001b[A\r', '\u0004');
  assert.deepEqual(ran, ['lookup_accounts id=1,\nid=2', 'lookup_accounts id=1, id=2']);
  assert.deepEqual(history.load(), ['lookup_accounts id=1, id=2']);
});

test('a comment within a statement keeps its line', async () => {
  const history = new HistoryFile(join(folder, 'comment'));
  await typeWith(history, 'lookup_accounts id=1, # cash\r', 'id=2\r', '\u0004');
  assert.deepEqual(history.load(), ['id=2', 'lookup_accounts id=1, # cash']);
});
