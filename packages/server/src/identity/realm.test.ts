/**
 * Nobody learns anything of another tenant. One world has two tenants, the other has the first alone; whatever the first
 * one asks, names of the second's accounts and transfers included, it hears the same in both, byte for byte.
 * `TEST_SEED=n` replays one seed, `TEST_SEEDS=n` tries that many.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineReplayPort, openMemory } from 'tallystick/internal/engine';
import {
  AccountFlags,
  Cells,
  CreateAccountStatus,
  CreateTransferStatus,
  type Ledger,
  ObjectLedger,
  Operation,
  operationShapes,
  PendingState,
  type Port,
  TransferFlags,
} from 'tallystick/internal/model';
import { Random } from '../../../../testing/model/random.ts';
import { AccountPrefixes } from './account-prefixes.ts';
import { allowing } from './allowing.ts';
import { type Identity, inRole } from './identity.ts';
import { Ledgers } from './ledgers.ts';
import { operationScopes } from './scopes.ts';

const SEEDS =
  process.env.TEST_SEED === undefined
    ? Array.from({ length: Number(process.env.TEST_SEEDS ?? 6) }, (_, index) => index + 1)
    : [Number(process.env.TEST_SEED)];
const STEPS = 120;
const STEP_NS = 1_000_000n;
const [OURS, THEIRS] = [7, 9];
const book = (tenant: number, which: number): number => tenant * 4096 + which;

/** A ledger whose clock is told, so that two of them can be compared. */
class World {
  readonly port: Port;
  readonly ours: Ledger;
  readonly theirs: Ledger;
  readonly #engine: EngineReplayPort;
  #now = 1n;

  constructor(more: Partial<Identity> = {}) {
    this.#engine = new EngineReplayPort(openMemory({ expires: false }).engine);
    this.port = {
      eventsMax: 8189,
      request: async ({ operation, count, write, read }) => {
        const events = Cells.of(count * operationShapes[operation].eventSize);
        write(events, 0);
        if (operationShapes[operation].journalled) this.#now += 10_000n;
        const reply = Cells.copy(await this.#engine.request(operation, events.bytes, this.#now));
        return read(reply, 0, reply.bytes.length);
      },
      close: () => this.#engine.close(),
    };
    const of = (tenant: number): Identity => ({ ...inRole('x', 'admin', 'key'), ledgers: Ledgers.ofTenant(tenant) });
    this.ours = new ObjectLedger(allowing({ ...of(OURS), ...more })(this.port));
    this.theirs = new ObjectLedger(allowing(of(THEIRS))(this.port));
  }

  /** What each step does has the same time in every world, whatever was done before. */
  begin(step: number): void {
    this.#now = BigInt(step + 1) * STEP_NS;
  }

  close(): Promise<void> {
    return this.port.close();
  }
}

const idOf = (tenant: number, what: number): bigint => BigInt(tenant * 1000 + what);
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

const account = (tenant: number, what: number, more: object = {}) => ({
  id: idOf(tenant, what),
  ledger: book(tenant, 1),
  code: 1,
  ...more,
});
const transfer = (tenant: number, what: number, more: object = {}) => ({
  id: idOf(tenant, what),
  debit_account_id: idOf(tenant, 1),
  credit_account_id: idOf(tenant, 2),
  amount: 5n,
  ledger: book(tenant, 1),
  code: 1,
  ...more,
});

async function twoTenants(more: Partial<Identity> = {}): Promise<World> {
  const world = new World(more);
  for (const [tenant, ledger] of [
    [OURS, world.ours],
    [THEIRS, world.theirs],
  ] as const) {
    await ledger.createAccounts([account(tenant, 1), account(tenant, 2)]);
    await ledger.createTransfers([transfer(tenant, 100), transfer(tenant, 101, { flags: TransferFlags.pending })]);
  }
  return world;
}

test('an account of another tenant is one that does not exist, and the id of the attempt is burnt', async () => {
  const world = await twoTenants();
  const status = async (more: object): Promise<number> =>
    (await world.ours.createTransfers([transfer(OURS, 150, more)]))[0]!.status;
  const { debit_account_not_found, credit_account_not_found, id_already_failed, pending_transfer_not_found } =
    CreateTransferStatus;
  const debit = { debit_account_id: idOf(THEIRS, 1) };
  assert.equal(await status(debit), debit_account_not_found);
  assert.equal(await status(debit), id_already_failed);
  assert.equal(await status({}), id_already_failed);
  const both = { ...debit, credit_account_id: idOf(THEIRS, 2) };
  assert.equal(await status({ id: 5001n, ...both }), debit_account_not_found);
  assert.equal(await status({ id: 5002n, credit_account_id: idOf(THEIRS, 2) }), credit_account_not_found);
  assert.equal(await status({ id: 5002n, credit_account_id: idOf(THEIRS, 2) }), id_already_failed);
  const post = { pending_id: idOf(THEIRS, 101), flags: TransferFlags.post_pending_transfer };
  assert.equal(await status({ id: 5003n, ...post }), pending_transfer_not_found);
  assert.equal(await status({ id: 5003n, ...post }), id_already_failed);
  const [theirs] = await world.theirs.lookupPendings([idOf(THEIRS, 101)]);
  assert.equal(theirs!.state, PendingState.open);
  await world.close();
});

test('an id twice in one request does not tell either', async () => {
  const world = await twoTenants();
  const twice = [transfer(OURS, 170, { debit_account_id: idOf(THEIRS, 1) }), transfer(OURS, 170)];
  const { debit_account_not_found, id_already_failed } = CreateTransferStatus;
  assert.deepEqual(
    (await world.ours.createTransfers(twice)).map(({ status }) => status),
    [debit_account_not_found, id_already_failed],
  );
  await world.close();
});

test('the id of another tenant is taken, and nothing of what has it is told', async () => {
  const world = await twoTenants();
  const guess = transfer(THEIRS, 100, { ledger: book(OURS, 1) });
  for (const more of [{}, { amount: 6n }, { debit_account_id: idOf(OURS, 1) }, { flags: TransferFlags.pending }]) {
    const [result] = await world.ours.createTransfers([{ ...guess, ...more }]);
    assert.equal(result!.status, CreateTransferStatus.exists_with_different_ledger);
  }
  for (const more of [{}, { code: 2 }, { flags: AccountFlags.history }]) {
    const events = [account(THEIRS, 1, { ledger: book(OURS, 1), ...more })];
    const [result] = await world.ours.createAccounts(events);
    assert.equal(result!.status, CreateAccountStatus.exists_with_different_ledger);
  }
  await world.close();
});

test('a tenant reads its own past, and nothing of the others', async () => {
  const world = await twoTenants();
  const snapshot = await world.ours.getSnapshot();
  const found = await world.ours.lookupAccountsAt([idOf(OURS, 1), idOf(THEIRS, 1)], snapshot);
  assert.deepEqual(
    found.map(({ id }) => id),
    [idOf(OURS, 1)],
  );
  await world.close();
});

test('a caller of some accounts moves money between those alone', async () => {
  const accounts = AccountPrefixes.of([idOf(OURS, 1).toString(16).padStart(32, '0')])!;
  const world = await twoTenants();
  const bound = { ...inRole('till', 'write', 'key'), ledgers: Ledgers.ofTenant(OURS), accounts };
  const till = new ObjectLedger(allowing(bound)(world.port));
  await assert.rejects(till.createTransfers([transfer(OURS, 160)]), { code: 'forbidden' });
  assert.deepEqual(
    (await till.lookupAccounts([idOf(OURS, 1), idOf(OURS, 2)])).map(({ id }) => id),
    [idOf(OURS, 1)],
  );
  // Its statement has the transfers, whoever the other side is.
  assert.equal((await till.queryTransfers({ limit: 9 })).length, 2);
  assert.equal((await till.queryAccounts({ limit: 9 })).length, 1);
  assert.equal((await till.lookupPendings([idOf(OURS, 101)]))[0]!.state, PendingState.open);
  await assert.rejects(till.sumTransfers({ ledger: book(OURS, 1) }), { code: 'forbidden' });
  await world.close();
});

test('prefixes are compared digit by digit', () => {
  const bytes = new Uint8Array(16);
  bytes.set([0x3a, 0x7f], 14);
  const has = (...prefixes: string[]): boolean =>
    AccountPrefixes.of(prefixes)!.has(
      bytes.map((_, at) => bytes[at]!),
      0,
    );
  assert.deepEqual(
    [has('7f3a'), has('7f3'), has('7'), has('7f3b'), has('8'), has('0', '7f')],
    [true, true, true, false, false, true],
  );
  for (const wrong of [undefined, [], 'ab', [''], ['AB'], ['0x1'], ['g'], ['0'.repeat(33)], Array(65).fill('a')]) {
    assert.equal(AccountPrefixes.of(wrong), undefined, String(wrong));
  }
});

test('a tenant is the upper 20 bits of a ledger code', () => {
  assert.deepEqual(Ledgers.ofTenant(0).ranges, [[1, 4095]]);
  assert.deepEqual(Ledgers.ofTenant(2 ** 20 - 1).ranges, [[2 ** 32 - 4096, 2 ** 32 - 1]]);
  const seven = Ledgers.ofTenant(7);
  assert.deepEqual(
    [seven.has(28_671), seven.has(28_672), seven.has(32_767), seven.has(32_768)],
    [false, true, true, false],
  );
  const some = Ledgers.both(
    seven,
    new Ledgers([
      [1, 28_672],
      [28_674, 28_674],
      [40_000, 40_000],
    ]),
  )!;
  assert.equal(String(some), '28672, 28674');
});
