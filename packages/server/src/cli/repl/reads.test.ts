/** Holds, searches, sums, accounts as they were, and snapshots at the prompt. */
import '../../../../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ledger, open } from 'tallystick';
import { type Outcome, Session } from './session.ts';

interface Talk {
  readonly outcome: Outcome;
  readonly printed: string;
  readonly said: string;
}

const START = 1_700_000_000_000_000_000n;
const TWO = 'create_accounts id=1 ledger=1 code=1, id=2 ledger=1 code=1 flags=history;';

/** A session that goes on from one text to the next. */
function sessionOn(ledger: Ledger): { say: (text: string) => Promise<Talk>; asOf: () => bigint | undefined } {
  const printed: string[] = [];
  const said: string[] = [];
  const session = new Session({
    ledger,
    format: 'json',
    width: () => 200,
    newId: () => 1n,
    print: (line) => printed.push(line),
    say: (line) => said.push(line),
  });
  const say = async (text: string): Promise<Talk> => {
    const outcome = await session.run(text);
    return { outcome, printed: printed.splice(0).join('\n'), said: said.splice(0).join('\n') };
  };
  return { say, asOf: () => session.asOf };
}

const talk = (text: string, ledger: Ledger): Promise<Talk> => sessionOn(ledger).say(text);

const START_ISO = '2023-11-14';
/** Two accounts, and two pending transfers, one of which is posted in part. */
const HOLDS =
  `${TWO} create_transfers id=10 debit_account_id=1 credit_account_id=2 amount=80 ledger=1 code=1 flags=pending ` +
  'timeout=3600, id=11 debit_account_id=1 credit_account_id=2 amount=20 ledger=1 code=1 flags=pending; ' +
  'create_transfers id=12 pending_id=11 amount=15 flags=post_pending_transfer;';

test('what became of pending transfers, which are open, and what they come to', async () => {
  const ledger = await open(':memory:', { now: START });
  await talk(HOLDS, ledger);
  const lines = async (text: string) => {
    const { printed } = await talk(text, ledger);
    return printed.split('\n').map((line) => JSON.parse(line));
  };
  const states = await lines('lookup_pendings id=10, id=11, id=99');
  assert.deepEqual(
    states.map(({ id, state, amount_posted, ended_by }) => [id, state, amount_posted, ended_by]),
    [
      ['10', 'open', '0', '0'],
      ['11', 'posted', '15', '12'],
      ['99', 'not_found', '0', '0'],
    ],
  );
  assert.match(states[0].expires_at_iso, new RegExp(`^${START_ISO}T23:13:20[.]`));
  const open_ = await lines('search_transfers account_id=1 flags=open');
  assert.deepEqual(
    open_.map(({ id }) => id),
    ['10'],
  );
  const [between] = await lines('search_transfers account_id=1 counterparty_id=2 amount_min=16 amount_max=79');
  assert.equal(between.id, '11');
  const [sum] = await lines('sum_transfers account_id=1 flags=open');
  assert.deepEqual([sum.debits_pending, sum.debits_posted, sum.count], ['80', '0', '1']);
  const none = await talk('lookup_pendings id=99', ledger);
  assert.deepEqual([none.outcome, JSON.parse(none.printed).state], ['no', 'not_found']);
  await ledger.close();
});

test('accounts as they were, and the balance by the side on which one grows', async () => {
  const ledger = await open(':memory:', { now: START });
  await talk(HOLDS, ledger);
  const [first] = await ledger.lookupTransfers([10n]);
  const then = `timestamp=${first!.timestamp}`;
  const account = await talk(`lookup_accounts_at id=1 ${then}, id=2 ${then}, id=1`, ledger);
  assert.deepEqual(
    account.printed.split('\n').map((line) => {
      const { id, debits_pending, debits_posted } = JSON.parse(line);
      return [id, debits_pending, debits_posted];
    }),
    [
      ['1', '80', '0'],
      ['2', '0', '0'],
      ['1', '80', '15'],
    ],
  );
  const balance = await talk(`balance_at id=1 ${then} side=debit; balance_at id=1 side=credit`, ledger);
  assert.equal(
    balance.printed,
    '{"id":"1","posted":"0","pending_in":"80","pending_out":"0","available":"0"}\n' +
      '{"id":"1","posted":"-15","pending_in":"0","pending_out":"80","available":"-95"}',
  );
  const early = await talk('balance_at id=1 timestamp=2020-01-01 side=debit', ledger);
  assert.deepEqual([early.outcome, early.said], ['no', 'No accounts were found.']);
  const [none] = [await talk('balance_at id=1', ledger)];
  assert.equal(none!.outcome, 'no');
  assert.match(none!.said, /has no rule .*: add side=debit or side=credit\.$/);
  await ledger.close();
});

test('reads of one snapshot show the same, whatever is created meanwhile, until `now`', async () => {
  const ledger = await open(':memory:', { now: START });
  await talk(HOLDS, ledger);
  const session = sessionOn(ledger);
  const said = async (text: string): Promise<string> => (await session.say(text)).printed;
  const snapshot = JSON.parse(await said('read'));
  assert.equal(session.asOf(), BigInt(snapshot.as_of));
  await ledger.createTransfers([{ id: 13n, pending_id: 10n, amount: 80n, flags: 4 }]);
  const before = JSON.parse(await said('lookup_accounts id=1'));
  assert.deepEqual([before.debits_pending, before.debits_posted], ['80', '15']);
  assert.equal(JSON.parse(await said('lookup_pendings id=10')).state, 'open');
  assert.equal(JSON.parse(await said('sum_transfers account_id=1')).count, '3');
  assert.equal(JSON.parse(await said('balance_at id=1 side=debit')).posted, '15');
  for (const [statement, why] of [
    ['create_accounts id=9 ledger=1 code=1', /create_accounts is no read of it\. `now` goes back/],
    ['get_change_events', /get_change_events is no read of it/],
    ['lookup_accounts_at id=1', /lookup_accounts_at is no read of it/],
    ['balance_at id=1 timestamp=5 side=debit', /leave the timestamp out, or go back with `now`/],
  ] as const) {
    const refused = await session.say(statement);
    assert.equal(refused.outcome, 'no', statement);
    assert.match(refused.said, why);
  }
  assert.deepEqual(await ledger.lookupAccounts([9n]), []);
  assert.equal(JSON.parse(await said('now; lookup_accounts id=1')).debits_posted, '95');
  assert.equal(session.asOf(), undefined);
  const { as_of, transfers_timestamp, accounts_timestamp } = snapshot;
  const names = `as_of=${as_of} transfers_timestamp=${transfers_timestamp} accounts_timestamp=${accounts_timestamp}`;
  const again = (await said(`read ${names}; lookup_accounts id=1`)).split('\n');
  assert.equal(JSON.parse(again[1]!).debits_posted, '15');
  await ledger.close();
});

test('a mistake in these statements is shown at its place, and nothing runs', async () => {
  await using ledger = await open(':memory:', { now: START });
  for (const [text, column, message] of [
    ['read as_of=5', 5, /Missing transfers_timestamp: give all that get_snapshot has printed/],
    ['balance_at timestamp=5', 11, /Missing id: the account\./],
    ['balance_at id=1 side=debit|credit', 11, /An account grows on one side: debit or credit\./],
    ['balance_at id=1 side=left', 21, /Invalid flag: "left"/],
    ['search_transfers acount_id=1', 17, /Unknown key: "acount_id"\. Did you mean "account_id"\?/],
    ['search_transfers as_of=1', 17, /Unknown key: "as_of"/],
    ['lookup_pendings id=x', 19, /Invalid value "x"; expected u128 for key "id"/],
    ['sum_transfers limit=1', 14, /Unknown key: "limit"/],
    ['get_snapshot id=1', 13, /Unknown key: "id"/],
    ['sum_transfers account_id=1, account_id=2', 28, /sum_transfers expects a single object/],
  ] as const) {
    const { outcome, printed, said } = await talk(`create_accounts id=1 ledger=1 code=1; ${text}`, ledger);
    assert.deepEqual([outcome, printed], ['no', ''], text);
    assert.match(said, new RegExp(`^Fail near line 1, column ${38 + column}:`), text);
    assert.match(said, message);
  }
});
