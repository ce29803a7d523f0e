/** Callers whose tokens name their ledgers touch and see those alone, at every door and with every operation. */
import '../../support/plain.ts';
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { AccountFlags, type Ledger, PendingState, QueryFilterFlags, TransferFlags } from '../../../src/model/index.ts';
import { Issuer, temporaryFolder } from '../../support/access.ts';
import { doorNames, enter, outcome, ServedDoors } from '../../support/served-doors.ts';

const folder = temporaryFolder();
const issuer = await Issuer.make();
let server: ServedDoors;
let all: Ledger;

const LEDGERS = [1, 2, 3];
/** Two accounts, a transfer and a pending one in each: accounts 11, 12, transfers 15, 16 in ledger 1. */
const id = (ledger: number, what: number): bigint => BigInt(ledger * 10 + what);
const transfer = (ledger: number, what: number, more: object = {}) => ({
  id: id(ledger, what),
  debit_account_id: id(ledger, 1),
  credit_account_id: id(ledger, 2),
  amount: 7n,
  ledger,
  code: 1,
  ...more,
});

before(async () => {
  const args = [...issuer.flags(folder), '--tokens-ledgers-claim', 'ledgers'];
  server = await ServedDoors.start(':memory:', args);
  all = await enter('native', server.urls.native, { token: await token(LEDGERS) });
  for (const what of [1, 2]) {
    const flags = AccountFlags.history;
    await all.createAccounts(LEDGERS.map((ledger) => ({ id: id(ledger, what), ledger, code: 1, flags })));
  }
  await all.createTransfers(LEDGERS.map((ledger) => transfer(ledger, 5)));
  await all.createTransfers(LEDGERS.map((ledger) => transfer(ledger, 6, { flags: TransferFlags.pending })));
});
after(async () => {
  await all.close();
  assert.equal(await server.end(), 0);
  rmSync(folder, { recursive: true });
});

const token = (ledgers: unknown): Promise<string> =>
  issuer.token('write', '10m', ledgers === undefined ? {} : { ledgers });
const idsOf = (records: readonly { readonly id: bigint }[]): bigint[] => records.map((record) => record.id);

for (const [index, door] of doorNames.entries()) {
  const within = async (ledgers: unknown, act: (ledger: Ledger) => Promise<void>): Promise<void> => {
    const ledger = await enter(door, server.urls[door], { token: await token(ledgers) });
    await act(ledger);
    await ledger.close();
  };

  test(`${door}: a claim that is absent, empty or odd opens nothing`, async () => {
    for (const ledgers of [
      undefined,
      [],
      1,
      '*',
      ['1'],
      ['2-1'],
      ['0-7'],
      [0],
      [-1],
      [1.5],
      [2 ** 32],
      [1, null],
      Array(65).fill(1),
    ]) {
      const came = await outcome(async () => {
        const ledger = await enter(door, server.urls[door], { token: await token(ledgers) });
        await ledger.lookupAccounts([11n]);
      });
      assert.equal(came, 'unauthenticated', JSON.stringify(ledgers));
    }
  });

  test(`${door}: lookups and queries find what is in scope`, async () => {
    await within([1], async (ledger) => {
      assert.deepEqual(idsOf(await ledger.lookupAccounts([31n, 11n, 21n, 12n])), [11n, 12n]);
      assert.deepEqual(idsOf(await ledger.lookupTransfers([25n, 15n, 16n])), [15n, 16n]);
      assert.deepEqual(idsOf(await ledger.queryAccounts({ limit: 10, ledger: 1, code: 1 })), [11n, 12n]);
      assert.deepEqual(idsOf(await ledger.queryAccounts({ limit: 10, code: 1 })), [11n, 12n]);
      assert.deepEqual(idsOf(await ledger.queryTransfers({ limit: 10, code: 1 })), [15n, 16n]);
      assert.deepEqual(await ledger.queryAccounts({ limit: 10, ledger: 2 }), []);
      assert.deepEqual(await ledger.queryTransfers({ limit: 10, ledger: 2 }), []);
      const of = (account_id: bigint) => ({
        account_id,
        limit: 10,
        flags: 3,
      });
      assert.deepEqual(idsOf(await ledger.getAccountTransfers(of(11n))), [15n, 16n]);
      assert.equal((await ledger.getAccountBalances(of(11n))).length, 2);
      assert.deepEqual(await ledger.getAccountTransfers(of(21n)), []);
      assert.deepEqual(await ledger.getAccountBalances(of(21n)), []);
      assert.deepEqual(await ledger.getAccountBalances(of(99n)), []);
    });
  });

  test(`${door}: pendings, searches, sums and the past are those of the ledgers in scope`, async () => {
    await within([1, 3], async (ledger) => {
      const states = (await ledger.lookupPendings([16n, 26n, 15n, 25n])).map(({ state }) => state);
      assert.deepEqual(states, [PendingState.open, PendingState.not_found, PendingState.not_pending, 0]);
      const [, elsewhere] = await ledger.lookupPendings([16n, 26n]);
      assert.deepEqual([elsewhere!.id, elsewhere!.amount, elsewhere!.timestamp, elsewhere!.ledger], [26n, 0n, 0n, 0]);
      assert.deepEqual(idsOf(await ledger.searchTransfers({ ledger: 1 })), [15n, 16n]);
      assert.equal((await ledger.sumTransfers({ ledger: 3 })).debits_pending, 7n);
      for (const filter of [{}, { ledger: 2 }, { account_id: 11n }]) {
        assert.equal(await outcome(() => ledger.searchTransfers(filter)), 'forbidden');
        assert.equal(await outcome(() => ledger.sumTransfers(filter)), 'forbidden');
      }
      const snapshot = await ledger.getSnapshot();
      assert.deepEqual(idsOf(await ledger.lookupAccountsAt([31n, 21n, 11n], snapshot)), [31n, 11n]);
    });
  });

  test(`${door}: several ledgers are queried as one`, async () => {
    await within([3, 1], async (ledger) => {
      assert.deepEqual(idsOf(await ledger.queryAccounts({ limit: 10, code: 1 })), [11n, 31n, 12n, 32n]);
      assert.deepEqual(idsOf(await ledger.queryTransfers({ limit: 3, code: 1 })), [15n, 35n, 16n]);
      const reversed = { limit: 3, code: 1, flags: QueryFilterFlags.reversed };
      assert.deepEqual(idsOf(await ledger.queryTransfers(reversed)), [36n, 16n, 35n]);
    });
  });

  test(`${door}: creates that name another ledger, or none, are refused whole`, async () => {
    await within([1, 3], async (ledger) => {
      const fresh = 100n + BigInt(index);
      const account = (code: number) => ({ id: fresh, ledger: code, code: 1 });
      assert.equal(await outcome(() => ledger.createAccounts([account(2)])), 'forbidden');
      assert.equal(await outcome(() => ledger.createAccounts([{ ...account(1), id: 200n }, account(2)])), 'forbidden');
      assert.deepEqual(await all.lookupAccounts([fresh, 200n]), []);
      const moves = (...events: object[]) =>
        outcome(() => ledger.createTransfers(events as Parameters<Ledger['createTransfers']>[0]));
      assert.equal(await moves(transfer(2, 7)), 'forbidden');
      assert.equal(await moves(transfer(1, 7), transfer(2, 7)), 'forbidden');
      const post = { id: 29n, pending_id: 26n, amount: 7n, flags: TransferFlags.post_pending_transfer };
      assert.equal(await moves(post), 'forbidden');
      // The other ledger's pending transfer, under a ledger of one's own: a status, and nothing moves.
      assert.equal(await moves({ ...post, ledger: 1 }), 'ok');
      assert.deepEqual(await all.lookupTransfers([17n, 27n, 29n]), []);
      const [untouched] = await all.lookupAccounts([21n]);
      assert.deepEqual([untouched!.debits_pending, untouched!.debits_posted], [7n, 7n]);
      await ledger.createTransfers([transfer(3, 8)].map((one) => ({ ...one, id: 300n + BigInt(index), code: 2 })));
      assert.equal((await all.lookupTransfers([300n + BigInt(index)])).length, 1);
    });
  });

  test(`${door}: changes are those of the ledgers in scope`, async () => {
    await within([3], async (ledger) => {
      const first = await ledger.getChangeEvents({ limit: 2 });
      assert.deepEqual(
        first.map(({ transfer_id }) => transfer_id),
        [35n, 36n],
      );
      const { timestamp } = first[1]!;
      for (const { ledger: code } of await ledger.getChangeEvents({ limit: 9, timestamp_min: timestamp + 1n })) {
        assert.equal(code, 3);
      }
    });
  });
}

test('what was refused is in the log', () => {
  assert.match(server.log(), /payments: event 1 names ledger 2, which is not among the caller's/);
});
