import '../../../../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ledger, open } from 'tallystick';
import type { Format } from './format.ts';
import { type Outcome, Session } from './session.ts';

interface Talk {
  readonly outcome: Outcome;
  readonly printed: string;
  readonly said: string;
}

const START = 1_700_000_000_000_000_000n;

async function talk(text: string, format: Format = 'json', ledger?: Ledger, width = 200): Promise<Talk> {
  const own = ledger === undefined;
  const to = ledger ?? (await open(':memory:', { now: START }));
  const printed: string[] = [];
  const said: string[] = [];
  let last = 100n;
  const session = new Session({
    ledger: to,
    format,
    width: () => width,
    newId: () => ++last,
    print: (line) => printed.push(line),
    say: (line) => said.push(line),
  });
  const outcome = await session.run(text);
  if (own) await to.close();
  return { outcome, printed: printed.join('\n'), said: said.join('\n') };
}

const TWO = 'create_accounts id=1 ledger=1 code=1, id=2 ledger=1 code=1 flags=history;';

test('every statement of a line runs, and each answer is printed', async () => {
  const { outcome, printed, said } = await talk(
    `${TWO} create_transfers id=id() debit_account_id=1 credit_account_id=2 amount=AMOUNT_MAX ledger=1 code=7; ` +
      'lookup_accounts id=2',
  );
  assert.equal(outcome, 'done');
  assert.equal(said, '');
  const lines = printed.split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.slice(0, 3).map(({ status }) => status),
    ['created', 'created', 'created'],
  );
  assert.deepEqual(lines[3], {
    id: '2',
    debits_pending: '0',
    debits_posted: '0',
    credits_pending: '0',
    credits_posted: String(2n ** 128n - 1n),
    user_data_128: '0',
    user_data_64: '0',
    user_data_32: 0,
    ledger: 1,
    code: 1,
    flags: ['history'],
    timestamp: lines[1].timestamp,
    timestamp_iso: lines[1].timestamp_iso,
  });
});

test('a mistake anywhere, and nothing runs', async () => {
  const ledger = await open(':memory:');
  const { outcome, printed, said } = await talk(`${TWO} create_transfers id=`, 'json', ledger);
  assert.equal(outcome, 'no');
  assert.equal(printed, '');
  assert.match(said, /^Fail near line 1, column \d+:/);
  assert.deepEqual(await ledger.lookupAccounts([1n]), []);
  await ledger.close();
});

test('what is refused is an answer, and the outcome is no', async () => {
  const { outcome, printed } = await talk(
    `${TWO} create_transfers id=1 debit_account_id=1 credit_account_id=9 amount=1 ledger=1 code=1; ` +
      'lookup_accounts id=1',
  );
  assert.equal(outcome, 'no');
  assert.deepEqual(
    printed.split('\n').map((line) => JSON.parse(line).status),
    ['created', 'created', 'credit_account_not_found', undefined],
  );
});

test('what exists already is no failure', async () => {
  const { outcome, printed } = await talk(
    'create_accounts id=1 ledger=1 code=1;\ncreate_accounts id=1 ledger=1 code=1',
  );
  assert.equal(outcome, 'done');
  assert.match(printed, /"status":"exists"/);
});

test('fields that are left out are zero, and the ledger says what it thinks of that', async () => {
  const { printed } = await talk('create_accounts id=5; create_accounts ledger=1 code=1');
  assert.deepEqual(
    printed.split('\n').map((line) => JSON.parse(line).status),
    ['ledger_must_not_be_zero', 'id_must_not_be_zero'],
  );
});

for (const [text, sentence] of [
  ['lookup_accounts id=9', 'No accounts were found.'],
  ['lookup_transfers id=9', 'No transfers were found.'],
  ['lookup_accounts', 'No accounts to look up.'],
  ['get_account_transfers account_id=1', 'No transfers were found.'],
  ['get_account_balances account_id=1', 'No balances were found.'],
  ['query_accounts', 'No accounts were found.'],
  ['get_change_events', 'No events were found.'],
  ['create_accounts', 'No accounts to create.'],
  ['create_transfers;', 'No transfers to create.'],
] as const) {
  test(`nothing is said aloud: ${text}`, async () => {
    assert.deepEqual(await talk(text), { outcome: 'no', printed: '', said: sentence });
  });
}

test('filters begin with the defaults of the client', async () => {
  const transfer = 'debit_account_id=1 credit_account_id=2 amount=5 ledger=1 code=7';
  const { printed } = await talk(
    `${TWO} create_transfers id=7 ${transfer}; get_account_transfers account_id=2; get_account_balances ` +
      'account_id=2; query_transfers; get_change_events',
  );
  const [, , , mine, balance, all, event] = printed.split('\n').map((line) => JSON.parse(line));
  assert.equal(mine.id, '7');
  assert.equal(balance.credits_posted, '5');
  assert.deepEqual(all, mine);
  assert.equal(event.type, 'single_phase');
  assert.equal(event.credit_account_credits_posted, '5');
});

test('flags of a filter take the place of its defaults', async () => {
  const transfer = 'debit_account_id=1 credit_account_id=2 amount=5 ledger=1 code=7';
  const before = `${TWO} create_transfers id=7 ${transfer};`;
  assert.equal((await talk(`${before} get_account_transfers account_id=2 flags=reversed`)).outcome, 'no');
  assert.equal((await talk(`${before} get_account_transfers account_id=2 flags=debits`)).outcome, 'no');
  assert.equal((await talk(`${before} get_account_transfers account_id=2 flags=credits|reversed`)).outcome, 'done');
});

test('TigerBeetle would have printed it so', async () => {
  const { printed } = await talk(
    `create_accounts id=1 ledger=700 code=10 flags=linked|history, id=2 ledger=700 code=10; lookup_accounts id=1`,
    'tigerbeetle',
  );
  const timestamps = [...printed.matchAll(/"timestamp": "(\d+)"/g)].map(([, digits]) => digits);
  assert.equal(
    printed,
    `{
  "timestamp": "${timestamps[0]}",
  "status": "tigerbeetle.CreateAccountStatus.created"
}
{
  "timestamp": "${timestamps[1]}",
  "status": "tigerbeetle.CreateAccountStatus.created"
}
{
  "id": "1",
  "debits_pending": "0",
  "debits_posted": "0",
  "credits_pending": "0",
  "credits_posted": "0",
  "user_data_128": "0",
  "user_data_64": "0",
  "user_data_32": "0",
  "ledger": "700",
  "code": "10",
  "flags": ["linked","history"],
  "timestamp": "${timestamps[0]}"
}`,
  );
});

test('a table leaves out what is nowhere, and prints moments that can be typed again', async () => {
  const ledger = await open(':memory:', { now: START });
  const first = await talk(TWO, 'table', ledger);
  assert.match(first.printed, /^id +status +timestamp\n/);
  assert.match(first.printed, /^ 1 +created +2023-11-14T22:13:20\.\d{9}Z/m);
  const { printed } = await talk('query_accounts', 'table', ledger);
  const [head, ...rows] = printed.split('\n');
  assert.deepEqual(head!.split(/ +/), ['id', 'ledger', 'code', 'flags', 'timestamp']);
  assert.equal(rows.at(-1), '2 rows');
  const typed = rows[1]!.split(/ +/).at(-1);
  const again = await talk(`query_accounts timestamp_min=${typed}`, 'json', ledger);
  assert.equal(JSON.parse(again.printed).id, '2');
  await ledger.close();
});

test('a table says what a refusal means', async () => {
  const { printed } = await talk('create_accounts id=1 code=1', 'table');
  assert.match(printed, /ledger_must_not_be_zero: Zero is not a ledger\.$/);
});

test('what is too wide for the terminal stands upright', async () => {
  const ledger = await open(':memory:', { now: START });
  await talk(TWO, 'table', ledger);
  const { printed } = await talk('query_accounts', 'table', ledger, 40);
  assert.match(printed, /^id {9}1\nledger {5}1\n/);
  assert.match(printed, /\n\nid {9}2\n[\s\S]*\n\n2 rows$/);
  await ledger.close();
});

test('help knows every operation, and explain every status and flag', async () => {
  const all = await talk('help');
  assert.equal(all.outcome, 'done');
  assert.match(all.printed, /create_transfers +Creates transfers/);
  const one = await talk('help create_transfers');
  assert.match(one.printed, /balancing_debit +Moves at most/);
  assert.match(one.printed, /debit_account_id +u128 +The account to debit\./);
  const why = await talk('explain exceeds_credits');
  assert.match(why.printed, /CreateTransferStatus\.exceeds_credits +54 +The debits of the debit account would exceed/);
  assert.match(why.printed, /The id is burnt/);
  assert.match((await talk('explain history')).printed, /AccountFlags\.history/);
  assert.match((await talk('explain 54')).printed, /exceeds_credits/);
  assert.deepEqual(await talk('explain money'), { outcome: 'no', printed: '', said: 'Nothing is known of "money".' });
});

test('the examples of help are understood', async () => {
  const { operations } = await import('./operations.ts');
  const { parse } = await import('./parser.ts');
  let examples = 0;
  for (const name of operations.keys()) {
    const { printed } = await talk(`help ${name}`);
    const lines = printed.slice(printed.indexOf('Examples\n')).split('\n').slice(1).filter(Boolean);
    assert.notEqual(lines.length, 0, name);
    for (const line of lines) {
      const [statement] = parse(line, () => 1n);
      assert.equal(statement!.kind === 'operation' && statement!.rule.name, name);
      examples++;
    }
  }
  assert.ok(examples > 15);
});

test('nothing runs behind exit', async () => {
  assert.deepEqual(await talk('exit; create_accounts id=1 ledger=1 code=1'), {
    outcome: 'exit',
    printed: '',
    said: '',
  });
});
