/** Lookups, filters and the change feed. */
import assert from 'node:assert/strict';
import {
  accountFlag,
  changeType,
  filterFlag,
  queryFlag,
  SECOND,
  TIMESTAMP_MAX,
  transferFlag,
  U64_MAX,
  U128_MAX,
} from '../model/names.ts';
import { account, ending, type Teller, transfer } from './scenario.ts';
import { type Story, scenarios } from './story.ts';

export const queryStories: Story[] = [];
const scenario = scenarios(queryStories);

const { history } = accountFlag;
const { pending, post_pending_transfer: post, void_pending_transfer: cancel, closing_credit } = transferFlag;
const { debits, credits, reversed } = filterFlag;

const ids = (found: readonly { id: bigint }[]): bigint[] => found.map(({ id }) => id);

/**
 * Three accounts, six transfers: 1 2 5 debit account 1, 3 4 6 credit it; user data, codes and times tell them apart.
 */
async function sixTransfers(ledger: Teller): Promise<bigint[]> {
  await ledger.accounts(
    [account(1n, { flags: history }), 'created'],
    [account(2n, { user_data_128: 1n << 64n, user_data_64: 8n, user_data_32: 9n, code: 2n }), 'created'],
    [account(3n, { user_data_64: 8n }), 'created'],
  );
  return ledger.transfers(
    [transfer(1n, 1n, 2n, 1n, { user_data_128: 1n << 64n }), 'created'],
    [transfer(2n, 1n, 2n, 2n, { user_data_128: 1n, user_data_64: 4n }), 'created'],
    [transfer(3n, 2n, 1n, 4n, { user_data_32: 6n, code: 2n }), 'created'],
    [transfer(4n, 3n, 1n, 8n, { user_data_64: 4n, code: 2n }), 'created'],
    [transfer(5n, 1n, 3n, 16n, { user_data_64: 4n, code: 2n }), 'created'],
    [transfer(6n, 2n, 1n, 0n), 'created'],
  );
}

scenario(
  'a lookup answers in the order asked, twice what is asked twice, and leaves out what is not there',
  async (ledger) => {
    await sixTransfers(ledger);
    assert.deepEqual(ids(await ledger.lookupAccounts(3n, 9n, 1n, 3n, 0n, U128_MAX)), [3n, 1n, 3n]);
    assert.deepEqual(ids(await ledger.lookupTransfers(6n, 0n, 6n, 7n, 1n, U128_MAX)), [6n, 6n, 1n]);
  },
);

scenario('the transfers of an account: either side, each predicate, both orders, a limit', async (ledger) => {
  await sixTransfers(ledger);
  const both = debits | credits;
  const cases: [Parameters<Teller['accountTransfers']>[0], bigint[]][] = [
    [{ flags: both, limit: 10n }, [1n, 2n, 3n, 4n, 5n, 6n]],
    [{ flags: debits, limit: 10n }, [1n, 2n, 5n]],
    [{ flags: credits, limit: 10n }, [3n, 4n, 6n]],
    [{ flags: both | reversed, limit: 10n }, [6n, 5n, 4n, 3n, 2n, 1n]],
    [{ flags: both, limit: 2n }, [1n, 2n]],
    [{ flags: both | reversed, limit: 2n }, [6n, 5n]],
    [{ flags: both, limit: 8189n, user_data_128: 1n }, [2n]],
    [{ flags: both, limit: 10n, user_data_128: 1n << 64n }, [1n]],
    [{ flags: both, limit: 10n, user_data_64: 4n }, [2n, 4n, 5n]],
    [{ flags: both, limit: 10n, user_data_32: 6n }, [3n]],
    [{ flags: both, limit: 10n, code: 2n }, [3n, 4n, 5n]],
    [{ flags: both, limit: 10n, code: 2n, user_data_64: 4n }, [4n, 5n]],
    [{ flags: debits, limit: 10n, code: 2n, user_data_64: 4n }, [5n]],
    [{ flags: both, limit: 10n, code: 1n, user_data_32: 6n }, []],
  ];
  for (const [filter, found] of cases) {
    assert.deepEqual(ids(await ledger.accountTransfers({ account_id: 1n, ...filter })), found);
  }
});

scenario('a window of time includes both ends, and paging finds everything once', async (ledger) => {
  const times = await sixTransfers(ledger);
  const [, second, , fourth] = times;
  const window = { timestamp_min: second ?? 0n, timestamp_max: fourth ?? 0n, limit: 10n };
  const filter = { account_id: 1n, flags: debits | credits };
  assert.deepEqual(ids(await ledger.accountTransfers({ ...filter, ...window })), [2n, 3n, 4n]);
  assert.deepEqual(ids(await ledger.queryTransfers(window)), [2n, 3n, 4n]);
  assert.deepEqual(
    (await ledger.changeEvents(window)).map((event) => event.transfer_id),
    [2n, 3n, 4n],
  );
  const seen: bigint[] = [];
  for (let from = 0n; ; ) {
    const page = await ledger.queryTransfers({ limit: 4n, timestamp_min: from });
    seen.push(...ids(page));
    const last = page.at(-1);
    if (last === undefined) break;
    from = last.timestamp + 1n;
  }
  assert.deepEqual(seen, [1n, 2n, 3n, 4n, 5n, 6n]);
});

scenario('accounts and transfers are found by every field of a filter together', async (ledger) => {
  await sixTransfers(ledger);
  assert.deepEqual(ids(await ledger.queryAccounts({ limit: 10n })), [1n, 2n, 3n]);
  assert.deepEqual(ids(await ledger.queryAccounts({ limit: 10n, flags: queryFlag.reversed })), [3n, 2n, 1n]);
  assert.deepEqual(ids(await ledger.queryAccounts({ limit: 10n, user_data_64: 8n })), [2n, 3n]);
  assert.deepEqual(ids(await ledger.queryAccounts({ limit: 10n, user_data_64: 8n, code: 2n })), [2n]);
  assert.deepEqual(ids(await ledger.queryAccounts({ limit: 10n, user_data_128: 1n << 64n, user_data_32: 9n })), [2n]);
  assert.deepEqual(ids(await ledger.queryAccounts({ limit: 10n, user_data_128: 1n })), []);
  assert.deepEqual(ids(await ledger.queryAccounts({ limit: 10n, ledger: 2n })), []);
  assert.deepEqual(ids(await ledger.queryTransfers({ limit: 10n, code: 2n, ledger: 1n })), [3n, 4n, 5n]);
  assert.deepEqual(ids(await ledger.queryTransfers({ limit: 1n, code: 2n, flags: queryFlag.reversed })), [5n]);
});

scenario('balances are those after each transfer, with its time; none without `history`', async (ledger) => {
  const times = await sixTransfers(ledger);
  const filter = { account_id: 1n, flags: debits | credits, limit: 10n };
  const rows = await ledger.accountBalances(filter);
  assert.deepEqual(
    rows.map((row) => [row.debits_posted, row.credits_posted, row.timestamp]),
    [
      [1n, 0n, times[0]],
      [3n, 0n, times[1]],
      [3n, 4n, times[2]],
      [3n, 12n, times[3]],
      [19n, 12n, times[4]],
      [19n, 12n, times[5]],
    ],
  );
  const debited = await ledger.accountBalances({ ...filter, flags: debits | reversed, code: 1n });
  assert.deepEqual(
    debited.map((row) => row.timestamp),
    [times[1], times[0]],
  );
  assert.deepEqual(await ledger.accountBalances({ ...filter, account_id: 2n }), []);
  assert.deepEqual(await ledger.accountBalances({ ...filter, account_id: 77n }), []);
});

scenario('an expiry leaves no row of its own in the balances, only a jump', async (ledger) => {
  await ledger.accounts([account(1n, { flags: history }), 'created'], [account(2n), 'created']);
  await ledger.transfers([transfer(1n, 1n, 2n, 5n, { flags: pending, timeout: 1n }), 'created']);
  await ledger.advance(SECOND);
  await ledger.transfers([transfer(2n, 1n, 2n, 3n), 'created']);
  assert.deepEqual(
    (await ledger.accountBalances({ account_id: 1n, flags: debits, limit: 10n })).map((row) => [
      row.debits_pending,
      row.debits_posted,
    ]),
    [
      [5n, 0n],
      [0n, 3n],
    ],
  );
});

scenario('a filter that makes no sense finds nothing', async (ledger) => {
  await sixTransfers(ledger);
  const windows = [
    { timestamp_min: TIMESTAMP_MAX + 1n },
    { timestamp_max: TIMESTAMP_MAX + 1n },
    { timestamp_min: U64_MAX },
    { timestamp_max: U64_MAX },
    { timestamp_min: 2n, timestamp_max: 1n },
    { limit: 0n },
    { reserved: 1n },
  ];
  const good = { account_id: 1n, flags: debits | credits, limit: 10n };
  for (const bad of [
    ...windows,
    { account_id: 0n },
    { account_id: U128_MAX },
    { flags: 0n },
    { flags: reversed },
    { flags: debits | 8n },
    { flags: debits | (1n << 31n) },
    { reserved: 1n << 463n },
  ]) {
    assert.deepEqual(await ledger.accountTransfers({ ...good, ...bad }), []);
    assert.deepEqual(await ledger.accountBalances({ ...good, ...bad }), []);
  }
  for (const bad of [...windows, { flags: 2n }, { flags: 1n << 31n }, { reserved: 1n << 47n }]) {
    assert.deepEqual(await ledger.queryAccounts({ limit: 10n, ...bad }), []);
    assert.deepEqual(await ledger.queryTransfers({ limit: 10n, ...bad }), []);
  }
  for (const bad of [...windows, { reserved: 1n << 351n }]) {
    assert.deepEqual(await ledger.changeEvents({ limit: 10n, ...bad }), []);
  }
  const widest = { timestamp_min: 1n, timestamp_max: TIMESTAMP_MAX };
  assert.equal((await ledger.accountTransfers({ ...good, ...widest })).length, 6);
  assert.equal((await ledger.queryTransfers({ limit: 10n, ...widest })).length, 6);
  assert.equal((await ledger.changeEvents({ limit: 10n, ...widest })).length, 6);
});

scenario('the change feed tells all five kinds, with both accounts as they were right after', async (ledger) => {
  await ledger.accounts(
    [account(1n, { user_data_128: 11n, user_data_64: 12n, user_data_32: 13n, code: 14n }), 'created'],
    [account(2n), 'created'],
  );
  await ledger.transfers(
    [transfer(1n, 1n, 2n, 5n, { user_data_128: 1n, user_data_64: 2n, user_data_32: 3n }), 'created'],
    [transfer(2n, 1n, 2n, 10n, { flags: pending }), 'created'],
    [transfer(3n, 1n, 2n, 20n, { flags: pending | closing_credit, timeout: 1n }), 'created'],
    [ending(4n, 2n, 0n, cancel), 'created'],
  );
  await ledger.advance(SECOND);
  await ledger.transfers(
    [transfer(5n, 2n, 1n, 40n, { flags: pending }), 'created'],
    [ending(6n, 5n, 30n, post), 'created'],
  );
  const events = await ledger.changeEvents({ limit: 2730n });
  const { single_phase, two_phase_pending, two_phase_posted, two_phase_voided, two_phase_expired } = changeType;
  assert.deepEqual(
    events.map((e) => [e.type, e.transfer_id, e.transfer_pending_id, e.transfer_amount, e.transfer_timeout]),
    [
      [single_phase, 1n, 0n, 5n, 0n],
      [two_phase_pending, 2n, 0n, 10n, 0n],
      [two_phase_pending, 3n, 0n, 20n, 1n],
      [two_phase_voided, 4n, 2n, 10n, 0n],
      [two_phase_expired, 3n, 0n, 20n, 1n],
      [two_phase_pending, 5n, 0n, 40n, 0n],
      [two_phase_posted, 6n, 5n, 30n, 0n],
    ],
  );
  assert.deepEqual(
    events.map((e) => [e.debit_account_debits_pending, e.debit_account_debits_posted, e.credit_account_flags]),
    [
      [0n, 5n, 0n],
      [10n, 5n, 0n],
      [30n, 5n, 32n],
      [20n, 5n, 32n],
      [0n, 5n, 0n],
      [40n, 0n, 0n],
      [0n, 30n, 0n],
    ],
  );
  const [first] = events;
  const one = await ledger.account(1n);
  assert.deepEqual(
    [first?.transfer_user_data_128, first?.transfer_user_data_64, first?.transfer_user_data_32, first?.transfer_code],
    [1n, 2n, 3n, 1n],
  );
  assert.deepEqual(
    [first?.debit_account_user_data_128, first?.debit_account_user_data_64, first?.debit_account_user_data_32],
    [11n, 12n, 13n],
  );
  assert.deepEqual(
    [first?.debit_account_code, first?.debit_account_timestamp, first?.ledger],
    [14n, one.timestamp, 1n],
  );
});
