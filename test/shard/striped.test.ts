/** Striped accounts lie on every shard: nothing that touches one crosses, and callers see one account. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AccountFlags,
  type AnyTransferInput,
  ChangeEventType,
  CreateAccountStatus,
  CreateTransferStatus,
  checkShards,
  type Ledger,
  open,
  sharded,
  stripedId,
  TransferFlags,
} from '../../src/index.ts';
import { Random } from '../../testing/model/random.ts';

const SHARDS = 3;
const CUSTOMERS = [1n, 2n, 3n, 4n, 5n, 6n];
const [FEES, LIMITS] = [stripedId(1), stripedId(2)];
const ALL = [...CUSTOMERS, FEES, LIMITS];
const { linked, pending, post_pending_transfer, void_pending_transfer } = TransferFlags;

interface Town {
  readonly shards: readonly Ledger[];
  readonly ledger: Ledger;
}

async function town(): Promise<Town> {
  const shards = await Promise.all(Array.from({ length: SHARDS }, () => open(':memory:')));
  const ledger = await sharded(shards, { shardOf: (account) => Number(account % BigInt(SHARDS)) });
  await openAll(ledger);
  return { shards, ledger };
}

async function openAll(ledger: Ledger): Promise<void> {
  const results = await ledger.createAccounts(ALL.map((id) => ({ id, ledger: 840, code: 1, flags: 8 })));
  assert.ok(results.every(({ status }) => status === CreateAccountStatus.created));
}

function pay(id: bigint, debit: bigint, credit: bigint, amount: bigint, flags = 0): AnyTransferInput {
  return { id, debit_account_id: debit, credit_account_id: credit, amount, ledger: 840, code: 1, flags };
}

async function statuses(ledger: Ledger, ...transfers: AnyTransferInput[]): Promise<(string | undefined)[]> {
  return (await ledger.createTransfers(transfers)).map(({ status }) => CreateTransferStatus[status]);
}

/** Transfers, holds and their ends, and chains, most of them with a striped account. */
function draw(random: Random): AnyTransferInput[][] {
  const holds: bigint[] = [];
  return Array.from({ length: 150 }, (_, nth) => {
    const id = BigInt(nth) * 3n + 100n;
    const debit = random.pick(ALL);
    const credit = random.pick(ALL.filter((account) => account !== debit));
    const amount = BigInt(random.between(1, 1000));
    const kind = random.below(10);
    if (kind < 2) {
      holds.push(id);
      return [pay(id, debit, credit, amount, pending)];
    }
    if (kind < 4 && holds.length > 0) {
      const pending_id = holds.splice(random.below(holds.length), 1)[0]!;
      const end = random.chance(0.5) ? { flags: post_pending_transfer, amount: 1n } : { flags: void_pending_transfer };
      return [{ id, pending_id, ...end } as AnyTransferInput];
    }
    if (kind < 6) {
      const payer = random.pick(CUSTOMERS);
      const payee = random.pick(CUSTOMERS.filter((one) => one !== payer));
      return [
        pay(id, payer, payee, amount, linked),
        pay(id + 1n, payer, FEES, 1n, linked),
        pay(id + 2n, FEES, LIMITS, 1n),
      ];
    }
    return [pay(id, debit, credit, amount), pay(id + 1n, random.pick(CUSTOMERS), LIMITS, 2n)];
  });
}

test('a ledger with striped accounts answers as one ledger does', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const one = await open(':memory:');
    await openAll(one);
    const { ledger, shards } = await town();
    for (const request of draw(new Random(seed))) {
      const expected = await statuses(one, ...request);
      assert.deepEqual(await statuses(ledger, ...request), expected);
      const again = await statuses(ledger, ...request);
      assert.deepEqual(again, await statuses(one, ...request));
    }
    for (const account_id of ALL) {
      const [expected, got] = await Promise.all([one, ledger].map((each) => history(each, account_id)));
      assert.deepEqual(got, expected);
    }
    const accounts = await Promise.all(
      [one, ledger].map(async (each) => (await each.queryAccounts({})).map(withoutTime).toSorted(byId)),
    );
    assert.deepEqual(accounts[1], accounts[0]);
    assert.deepEqual((await checkShards(shards)).problems, []);
    await Promise.all([one.close(), ledger.close()]);
  }
});

const byId = (one: { readonly id: bigint }, other: { readonly id: bigint }): number => (one.id < other.id ? -1 : 1);

function withoutTime<T extends { readonly timestamp: bigint }>({ timestamp: _, ...rest }: T): Omit<T, 'timestamp'> {
  return rest;
}

/** What the ledger knows of an account, without times. */
async function history(ledger: Ledger, account_id: bigint): Promise<unknown> {
  const [account] = await ledger.lookupAccounts([account_id]);
  const rows = await ledger.getAccountTransfers({ account_id });
  const [newest] = await ledger.getAccountTransfers({ account_id, flags: 7, limit: 1 });
  assert.equal(newest?.id, rows.at(-1)?.id);
  const balances = await ledger.getAccountBalances({ account_id });
  const found = { account: withoutTime(account!), ids: rows.map(({ id }) => id).toSorted() };
  assert.equal(balances.length, rows.length);
  // A chain's credit on another shard shows the balance of the moment when it was held.
  if (CUSTOMERS.includes(account_id)) return found;
  const last = balances.at(-1);
  const { debits_posted, credits_posted, debits_pending, credits_pending } = account!;
  assert.deepEqual(last && withoutTime(last), { debits_posted, credits_posted, debits_pending, credits_pending });
  return found;
}

test('a payment with its fee stays on the payer’s shard, whoever the payer is', async () => {
  const { ledger, shards } = await town();
  // One by one, so that each has a time of its own.
  for (const id of CUSTOMERS) assert.deepEqual(await statuses(ledger, pay(id, id, FEES, 5n)), ['created']);
  const { crossed } = await checkShards(shards);
  assert.equal(crossed, 0);
  const [fees] = await ledger.lookupAccounts([FEES]);
  assert.equal(fees!.credits_posted, 30n);
  const parts = await Promise.all(shards.map(async (shard) => (await shard.lookupAccounts([FEES]))[0]!.credits_posted));
  assert.deepEqual(parts, [10n, 10n, 10n]);
  const before = (await ledger.getAccountTransfers({ account_id: FEES }))[2]!.timestamp;
  const [then] = await ledger.lookupAccountsAt([FEES], before);
  assert.equal(then!.credits_posted, 15n);
  const feed = await ledger.getChangeEvents({});
  assert.deepEqual(
    feed.map(({ type, credit_account_credits_posted }) => [type, credit_account_credits_posted]),
    CUSTOMERS.map(() => [ChangeEventType.single_phase, 30n]),
  );
  const sum = await ledger.sumTransfers({ account_id: FEES });
  assert.equal(sum.credits_posted, 30n);
  await ledger.close();
});

test('between striped accounts a transfer is done once, and its pending one ends', async () => {
  const { ledger } = await town();
  assert.deepEqual(await statuses(ledger, pay(7n, FEES, LIMITS, 3n)), ['created']);
  assert.deepEqual(await statuses(ledger, pay(7n, FEES, LIMITS, 3n)), ['exists']);
  assert.deepEqual(await statuses(ledger, pay(7n, FEES, LIMITS, 4n)), ['exists_with_different_amount']);
  assert.deepEqual(await statuses(ledger, pay(8n, FEES, LIMITS, 3n, pending)), ['created']);
  const [held] = await ledger.lookupPendings([8n]);
  assert.equal(held!.amount, 3n);
  const post: AnyTransferInput = { id: 9n, pending_id: 8n, amount: 2n, flags: post_pending_transfer };
  assert.deepEqual(await statuses(ledger, post), ['created']);
  const [fees] = await ledger.lookupAccounts([FEES]);
  assert.deepEqual([fees!.debits_posted, fees!.debits_pending], [5n, 0n]);
  await ledger.close();
});

test('what the parts of a striped account cannot keep is refused by name', async () => {
  const { ledger } = await town();
  const account = { id: stripedId(3), ledger: 840, code: 1 };
  for (const name of ['debits_must_not_exceed_credits', 'credits_must_not_exceed_debits', 'closed'] as const) {
    await assert.rejects(ledger.createAccounts([{ ...account, flags: AccountFlags[name] }]), {
      code: 'invalid_argument',
      message: new RegExp(`striped account cannot have \`${name}\``),
    });
  }
  await assert.rejects(
    ledger.createAccounts([
      { ...account, flags: AccountFlags.linked },
      { ...account, id: 9n },
    ]),
    {
      code: 'invalid_argument',
      message: /one chain must share a shard/,
    },
  );
  const { balancing_debit, balancing_credit, closing_debit, closing_credit } = TransferFlags;
  const wrong: [string, AnyTransferInput][] = [
    ['balancing_debit', pay(1n, FEES, 1n, 1n, balancing_debit)],
    ['balancing_credit', pay(1n, 1n, FEES, 1n, balancing_credit)],
    ['closing_debit', pay(1n, FEES, 1n, 0n, closing_debit | pending)],
    ['closing_credit', pay(1n, FEES, LIMITS, 0n, closing_credit | pending)],
  ];
  for (const [name, transfer] of wrong) {
    await assert.rejects(ledger.createTransfers([transfer]), { code: 'invalid_argument', message: new RegExp(name) });
  }
  assert.deepEqual(await statuses(ledger, pay(1n, 2n, FEES, 10n, balancing_debit)), ['created']);
  assert.throws(() => stripedId(-1n), { code: 'invalid_argument' });
  assert.throws(() => stripedId(2n ** 96n), { code: 'invalid_argument' });
  await ledger.close();
});

test('a striped account that its router left half made is finished by the next one', async () => {
  const shards = await Promise.all([open(':memory:'), open(':memory:')]);
  const ledger = await sharded(shards);
  const account = { id: FEES, ledger: 840, code: 1 };
  await shards[0]!.createAccounts([account]);
  const status = async (code: number): Promise<string | undefined> => {
    const [result] = await ledger.createAccounts([{ ...account, code }]);
    return CreateAccountStatus[result!.status];
  };
  assert.equal(await status(2), 'exists_with_different_code');
  assert.deepEqual(await shards[1]!.lookupAccounts([FEES]), []);
  assert.equal(await status(1), 'exists');
  assert.equal((await shards[1]!.lookupAccounts([FEES])).length, 1);
  await ledger.close();
});
