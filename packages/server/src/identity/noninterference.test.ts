/**
 * Nobody learns anything of another tenant. One world has two tenants, the other has the first alone; whatever the
 * first one asks, names of the second's accounts and transfers included, it hears the same in both, byte for byte.
 * `TEST_SEED=n` replays one seed, `TEST_SEEDS=n` tries that many.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountFlags, type Ledger, Operation, TransferFlags } from 'tallystick/internal/model';
import { book, idOf, OURS, STEP_NS, THEIRS, World } from '../../../../test/support/tenants.ts';
import { Random } from '../../../../testing/model/random.ts';
import { AccountPrefixes } from './account-prefixes.ts';
import type { Identity } from './identity.ts';
import { operationScopes } from './scopes.ts';

const SEEDS =
  process.env.TEST_SEED === undefined
    ? Array.from({ length: Number(process.env.TEST_SEEDS ?? 6) }, (_, index) => index + 1)
    : [Number(process.env.TEST_SEED)];
const STEPS = 120;
const ACCOUNTS = 6;

type Step = (ledger: Ledger) => Promise<unknown>;
type Dice = (below: number) => number;

function transferOf(
  dice: Dice,
  tenant: number,
  id: bigint,
  foreign: boolean,
): Parameters<Ledger['createTransfers']>[0][number] {
  const account = (): bigint => idOf(foreign && dice(3) === 0 ? THEIRS : tenant, 1 + dice(ACCOUNTS + 1));
  const pending = idOf(foreign && dice(2) === 0 ? THEIRS : tenant, 100 + dice(60));
  const ending = [0, 0, 0, TransferFlags.post_pending_transfer, TransferFlags.void_pending_transfer][dice(5)]!;
  const plain = [0, 0, TransferFlags.pending, TransferFlags.balancing_debit][dice(4)]!;
  const linked = dice(4) === 0 ? TransferFlags.linked : 0;
  return {
    id,
    ledger: book(tenant, 1 + dice(2)),
    code: 1 + dice(2),
    amount: BigInt(dice(20)),
    debit_account_id: ending !== 0 && dice(2) === 0 ? 0n : account(),
    credit_account_id: ending !== 0 && dice(2) === 0 ? 0n : account(),
    pending_id: ending === 0 ? 0n : pending,
    flags: (ending === 0 ? plain : ending) | linked,
  };
}

/** Creates of one tenant. `foreign`: they may name what is the other's. */
function creates(dice: Dice, tenant: number, foreign: boolean): Step {
  if (dice(4) === 0) {
    const accounts = Array.from({ length: 1 + dice(2) }, () => {
      const what = 1 + dice(ACCOUNTS);
      const flags = [AccountFlags.history, AccountFlags.history | AccountFlags.debits_must_not_exceed_credits][
        what % 2
      ]!;
      return { id: idOf(tenant, what), ledger: book(tenant, 1 + (what % 2)), code: 1 + dice(2), flags };
    });
    return (ledger) => ledger.createAccounts(accounts);
  }
  const events = Array.from({ length: 1 + dice(3) }, () =>
    transferOf(dice, tenant, idOf(tenant, 100 + dice(80)), foreign),
  );
  return (ledger) => ledger.createTransfers(events);
}

const READS: readonly ((dice: Dice, anyId: (from: number, count: number) => bigint) => Step)[] = [
  (_dice, id) => {
    const ids = [id(1, ACCOUNTS), id(1, ACCOUNTS), id(1, ACCOUNTS)];
    return (ledger) => ledger.lookupAccounts(ids);
  },
  (_dice, id) => {
    const ids = [id(100, 80), id(100, 80), id(100, 80)];
    return (ledger) => ledger.lookupTransfers(ids);
  },
  (_dice, id) => {
    const ids = [id(100, 80), id(100, 80)];
    return (ledger) => ledger.lookupPendings(ids);
  },
  (dice, id) => {
    const filter = { account_id: id(1, ACCOUNTS), limit: 1 + dice(9), flags: 3 + 4 * dice(2) };
    return (ledger) => ledger.getAccountTransfers(filter);
  },
  (dice, id) => {
    const filter = { account_id: id(1, ACCOUNTS), limit: 1 + dice(9), flags: 3 };
    return (ledger) => ledger.getAccountBalances(filter);
  },
  (dice) => {
    const ledgers = [0, 0, book(OURS, 1), book(THEIRS, 1)];
    const filter = { limit: dice(9), ledger: ledgers[dice(4)]!, flags: dice(2), code: dice(3) };
    return (ledger) => ledger.queryAccounts(filter);
  },
  (dice) => {
    const ledgers = [0, 0, book(OURS, 2), book(THEIRS, 2)];
    const filter = { limit: dice(9), ledger: ledgers[dice(4)]!, flags: dice(2), code: dice(3) };
    return (ledger) => ledger.queryTransfers(filter);
  },
  (dice, id) => {
    const filter = { ledger: book([OURS, THEIRS][dice(2)]!, 1), account_id: dice(2) === 0 ? 0n : id(1, ACCOUNTS) };
    return (ledger) => ledger.searchTransfers(filter);
  },
  (dice, id) => {
    const filter = { ledger: book([OURS, THEIRS][dice(2)]!, 1), counterparty_id: 0n, account_id: id(1, ACCOUNTS) };
    return (ledger) => ledger.sumTransfers(filter);
  },
  (dice) => {
    const filter = { limit: 1 + dice(9), timestamp_min: BigInt(dice(STEPS)) * STEP_NS };
    return (ledger) => ledger.getChangeEvents(filter);
  },
];

/** What was answered, or why it was refused. */
async function heard(step: Step, ledger: Ledger): Promise<unknown> {
  try {
    return await step(ledger);
  } catch (error) {
    return String(error);
  }
}

async function interferes(seed: number, more: Partial<Identity> = {}): Promise<void> {
  const random = new Random(seed);
  const dice: Dice = (below) => random.below(below);
  const anyId = (from: number, count: number): bigint => idOf([OURS, THEIRS][dice(2)]!, from + dice(count));
  const [alone, both] = [new World(more), new World(more)];
  for (let step = 0; step < STEPS; step++) {
    if (dice(3) === 0) {
      both.begin(step);
      await heard(creates(dice, THEIRS, false), both.theirs);
      continue;
    }
    const asked = dice(2) === 0 ? creates(dice, OURS, true) : READS[dice(READS.length)]!(dice, anyId);
    alone.begin(step);
    both.begin(step);
    const [one, other] = [await heard(asked, alone.ours), await heard(asked, both.ours)];
    assert.deepEqual(other, one, `seed ${seed}, step ${step}`);
  }
  await Promise.all([alone.close(), both.close()]);
}

test('what another tenant has changes nothing of what a tenant hears', async () => {
  for (const seed of SEEDS) await interferes(seed);
});

test('the same holds within a tenant for callers of some accounts', async () => {
  const accounts = AccountPrefixes.of(['0000000000000000000000000001b'])!;
  for (const seed of SEEDS) await interferes(seed, { accounts });
});

test('every operation that callers may ask for is among those, or named here', () => {
  const asked = new Set<Operation>([
    Operation.create_accounts,
    Operation.create_transfers,
    Operation.lookup_accounts,
    Operation.lookup_transfers,
    Operation.lookup_pendings,
    Operation.get_account_transfers,
    Operation.get_account_balances,
    Operation.query_accounts,
    Operation.query_transfers,
    Operation.search_transfers,
    Operation.sum_transfers,
    Operation.get_change_events,
  ]);
  // The first is the door to the past below; the second says how much there is of all tenants, and of no one what.
  const apart = new Set<Operation>([Operation.lookup_accounts_at, Operation.get_snapshot]);
  for (const [operation, scope] of Object.entries(operationScopes)) {
    const number = Number(operation) as Operation;
    assert.equal(asked.has(number) || apart.has(number), scope !== 'nobody', Operation[number]);
  }
});
