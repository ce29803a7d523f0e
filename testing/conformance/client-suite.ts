/**
 * What programs written for tigerbeetle-node rely on, told against any client. Tests bring their own ids, so the ledger
 * behind it need not be empty; its clock must be the wall's, or close to it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Account,
  type AccountFilter,
  AccountFilterFlags,
  AccountFlags,
  amount_max,
  type Client,
  CreateAccountStatus,
  type CreateTransferResult,
  CreateTransferStatus,
  ErrorCodes,
  id,
  type QueryFilter,
  QueryFilterFlags,
  RequestError,
  type Transfer,
  TransferFlags,
} from '../../src/index.ts';

const EVENTS_MAX = 8189;
const U64_MAX = 2n ** 64n - 1n;

/** An account and a transfer with every field, as tigerbeetle-node wants them. */
const blankAccount: Account = {
  id: 0n,
  debits_pending: 0n,
  debits_posted: 0n,
  credits_pending: 0n,
  credits_posted: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  reserved: 0,
  ledger: 1,
  code: 718,
  flags: 0,
  timestamp: 0n,
};
const blankTransfer: Transfer = {
  id: 0n,
  debit_account_id: 0n,
  credit_account_id: 0n,
  amount: 0n,
  pending_id: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  timeout: 0,
  ledger: 1,
  code: 1,
  flags: 0,
  timestamp: 0n,
};
const everything = {
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  code: 0,
  timestamp_min: 0n,
  timestamp_max: 0n,
  limit: EVENTS_MAX,
};
const everyObject: QueryFilter = { ...everything, ledger: 0, flags: QueryFilterFlags.none };

/** Balances of an account, in the order debits pending, posted, credits pending, posted. */
type Balances = readonly [bigint, bigint, bigint, bigint];

/** `connect` makes a client of one and the same ledger each time. */
export function clientSuite(name: string, connect: () => Client): void {
  describe(name, () => {
    let client: Client;
    before(() => {
      client = connect();
    });
    after(() => client.destroy());

    /** Two new accounts: the one to debit, the one to credit. */
    async function pair(fields: Partial<Account> = {}): Promise<[debit: Account, credit: Account]> {
      const accounts: [Account, Account] = [
        { ...blankAccount, ...fields, id: id() },
        { ...blankAccount, ...fields, id: id(), code: 719 },
      ];
      for (const result of await client.createAccounts(accounts)) {
        assert.equal(result.status, CreateAccountStatus.created);
      }
      return accounts;
    }

    async function send(...transfers: Transfer[]): Promise<CreateTransferResult[]> {
      const results = await client.createTransfers(transfers);
      assert.equal(results.length, transfers.length);
      for (const result of results) assert.ok(result.timestamp > 0n);
      return results;
    }

    async function expectStatuses(transfers: Transfer[], ...statuses: CreateTransferStatus[]): Promise<void> {
      const results = await send(...transfers);
      assert.deepEqual(
        results.map((result) => CreateTransferStatus[result.status]),
        statuses.map((status) => CreateTransferStatus[status]),
      );
    }

    async function expectBalances(accounts: readonly Account[], ...balances: Balances[]): Promise<void> {
      const found = await client.lookupAccounts(accounts.map((account) => account.id));
      assert.deepEqual(
        found.map((item) => [item.debits_pending, item.debits_posted, item.credits_pending, item.credits_posted]),
        balances,
      );
    }

    const refused = (code: ErrorCodes) => (error: unknown) => {
      assert.ok(error instanceof RequestError);
      assert.equal(error.name, 'RequestError');
      assert.equal(error.code, code);
      return true;
    };

    test('an id of more than 128 bits is refused by name', async () => {
      const transfer = { ...blankTransfer, id: 10n ** 40n };
      await assert.rejects(client.createTransfers([transfer]), { message: 'id must fit in 128 bits' });
    });

    test('a negative id is refused by name', async () => {
      await assert.rejects(client.createTransfers([{ ...blankTransfer, id: -1n }]), { message: 'id must be positive' });
    });

    test('ids grow, within a millisecond and across many', async () => {
      let last = id();
      for (let round = 0; round < 20; round++) {
        await sleep(1);
        for (let count = 0; count < 10_000; count++) {
          const next = id();
          if (next <= last) assert.fail(`${next} came after ${last}`);
          last = next;
        }
      }
    });

    test('a code of more than 16 bits is refused, and nothing is created', async () => {
      const account = { ...blankAccount, id: id(), code: 65_536 };
      await assert.rejects(client.createAccounts([account]), { message: 'code must be a u16.' });
      assert.deepEqual(await client.lookupAccounts([account.id]), []);
    });

    test('an account is created, and its result says when', async () => {
      const account = { ...blankAccount, id: id() };
      const results = await client.createAccounts([account]);
      assert.equal(results.length, 1);
      assert.deepEqual(Object.keys(results[0]!), ['timestamp', 'status', 'reserved']);
      assert.equal(results[0]!.status, CreateAccountStatus.created);
      const [found] = await client.lookupAccounts([account.id]);
      assert.equal(found!.timestamp, results[0]!.timestamp);
    });

    test('an account that exists is told apart from one that is created beside it', async () => {
      const account = { ...blankAccount, id: id() };
      const [first] = await client.createAccounts([account]);
      const results = await client.createAccounts([account, { ...blankAccount, id: id(), code: 719 }]);
      assert.equal(results.length, 2);
      assert.equal(results[0]!.status, CreateAccountStatus.exists);
      assert.equal(results[0]!.timestamp, first!.timestamp);
      assert.equal(results[1]!.status, CreateAccountStatus.created);
      assert.ok(results[1]!.timestamp > first!.timestamp);
    });

    test('an account may not bring its own timestamp', async () => {
      const [result] = await client.createAccounts([{ ...blankAccount, id: id(), timestamp: 2n }]);
      assert.equal(result!.status, CreateAccountStatus.timestamp_must_be_zero);
      assert.ok(result!.timestamp > 2n);
    });

    test('a request of 10,000 transfers is too much', async () => {
      const transfers = Array.from({ length: 10_000 }, () => blankTransfer);
      await assert.rejects(client.createTransfers(transfers), refused(ErrorCodes.ERR_TOO_MUCH_DATA));
    });

    test('a request of 2^32 - 1 holes is too much, without looking at them', async () => {
      const transfers: Transfer[] = [];
      transfers.length = 0xffff_ffff;
      await assert.rejects(client.createTransfers(transfers), refused(ErrorCodes.ERR_TOO_MUCH_DATA));
    });

    test('accounts are found as they were created, in the order asked for', async () => {
      const accounts = await pair({ user_data_128: 2n ** 100n, user_data_64: 2n ** 60n, user_data_32: 2 ** 31 });
      const found = await client.lookupAccounts([accounts[1].id, id(), accounts[0].id]);
      assert.equal(found.length, 2);
      assert.ok(found.every((account) => account.timestamp > 0n));
      assert.deepEqual(found, [
        { ...accounts[1], timestamp: found[0]!.timestamp },
        { ...accounts[0], timestamp: found[1]!.timestamp },
      ]);
    });

    test('a transfer debits one account and credits the other', async () => {
      const [debit, credit] = await pair();
      const transfer = {
        ...blankTransfer,
        id: id(),
        debit_account_id: debit.id,
        credit_account_id: credit.id,
        amount: 100n,
      };
      await expectStatuses([transfer], CreateTransferStatus.created);
      await expectBalances([debit, credit], [0n, 100n, 0n, 0n], [0n, 0n, 0n, 100n]);
      await expectStatuses([transfer], CreateTransferStatus.exists);
      await expectBalances([debit, credit], [0n, 100n, 0n, 0n], [0n, 0n, 0n, 100n]);
    });

    test('a pending transfer reserves, and is found as it was sent', async () => {
      const [debit, credit] = await pair();
      const transfer = {
        ...blankTransfer,
        id: id(),
        debit_account_id: debit.id,
        credit_account_id: credit.id,
        amount: 50n,
        timeout: 2e9,
        flags: TransferFlags.pending,
      };
      const [result] = await send(transfer);
      assert.equal(result!.status, CreateTransferStatus.created);
      await expectBalances([debit, credit], [50n, 0n, 0n, 0n], [0n, 0n, 50n, 0n]);
      assert.deepEqual(await client.lookupTransfers([transfer.id]), [{ ...transfer, timestamp: result!.timestamp }]);
    });

    test('a pending transfer is posted, wholly or in part', async () => {
      const [debit, credit] = await pair();
      const both = { debit_account_id: debit.id, credit_account_id: credit.id };
      const pending = { ...blankTransfer, ...both, flags: TransferFlags.pending };
      const post = { ...blankTransfer, ...both, flags: TransferFlags.post_pending_transfer };
      const [first, second] = [id(), id()];
      await expectStatuses(
        [
          { ...pending, id: first, amount: 50n },
          { ...pending, id: second, amount: 30n },
        ],
        CreateTransferStatus.created,
        CreateTransferStatus.created,
      );
      await expectStatuses(
        [{ ...post, id: id(), pending_id: first, amount: amount_max }],
        CreateTransferStatus.created,
      );
      await expectBalances([debit, credit], [30n, 50n, 0n, 0n], [0n, 0n, 30n, 50n]);
      await expectStatuses([{ ...post, id: id(), pending_id: second, amount: 10n }], CreateTransferStatus.created);
      await expectBalances([debit, credit], [0n, 60n, 0n, 0n], [0n, 0n, 0n, 60n]);
      await expectStatuses(
        [{ ...post, id: id(), pending_id: second, amount: 10n }],
        CreateTransferStatus.pending_transfer_already_posted,
      );
    });

    test('a pending transfer is voided', async () => {
      const [debit, credit] = await pair();
      const both = { debit_account_id: debit.id, credit_account_id: credit.id, amount: 50n };
      const pending = { ...blankTransfer, ...both, id: id(), flags: TransferFlags.pending, timeout: 1e9 };
      await expectStatuses([pending], CreateTransferStatus.created);
      await expectBalances([debit, credit], [50n, 0n, 0n, 0n], [0n, 0n, 50n, 0n]);
      const voiding = { ...blankTransfer, pending_id: pending.id, flags: TransferFlags.void_pending_transfer };
      await expectStatuses([{ ...voiding, id: id() }], CreateTransferStatus.created);
      await expectBalances([debit, credit], [0n, 0n, 0n, 0n], [0n, 0n, 0n, 0n]);
      await expectStatuses([{ ...voiding, id: id() }], CreateTransferStatus.pending_transfer_already_voided);
    });

    test('linked transfers fail together', async () => {
      const [debit, credit] = await pair();
      const both = { debit_account_id: debit.id, credit_account_id: credit.id, amount: 10n };
      const again = id();
      const first = { ...blankTransfer, ...both, id: again, flags: TransferFlags.linked };
      const second = { ...blankTransfer, ...both, id: again };
      await expectStatuses(
        [first, second],
        CreateTransferStatus.linked_event_failed,
        CreateTransferStatus.exists_with_different_flags,
      );
      await expectBalances([debit, credit], [0n, 0n, 0n, 0n], [0n, 0n, 0n, 0n]);
      assert.deepEqual(await client.lookupTransfers([again]), []);
      await expectStatuses(
        [first, { ...second, id: id() }],
        CreateTransferStatus.created,
        CreateTransferStatus.created,
      );
      await expectBalances([debit, credit], [0n, 20n, 0n, 0n], [0n, 0n, 0n, 20n]);
    });

    test('a pending transfer expires, and then cannot be voided', async () => {
      const [debit, credit] = await pair();
      const both = { debit_account_id: debit.id, credit_account_id: credit.id, amount: 50n };
      const pending = { ...blankTransfer, ...both, id: id(), flags: TransferFlags.pending, timeout: 1 };
      await expectStatuses([pending], CreateTransferStatus.created);
      await expectBalances([debit, credit], [50n, 0n, 0n, 0n], [0n, 0n, 50n, 0n]);
      await sleep(1500); // The timeout, and time for the ledger to notice.
      await expectBalances([debit, credit], [0n, 0n, 0n, 0n], [0n, 0n, 0n, 0n]);
      await expectStatuses(
        [{ ...blankTransfer, id: id(), pending_id: pending.id, flags: TransferFlags.void_pending_transfer }],
        CreateTransferStatus.pending_transfer_expired,
      );
    });

    test('a closing transfer closes both accounts, and voiding it reopens them', async () => {
      const [debit, credit] = await pair();
      const both = { debit_account_id: debit.id, credit_account_id: credit.id };
      const closing = {
        ...blankTransfer,
        ...both,
        id: id(),
        flags: TransferFlags.closing_debit | TransferFlags.closing_credit | TransferFlags.pending,
      };
      const closed = async (): Promise<boolean[]> =>
        (await client.lookupAccounts([debit.id, credit.id])).map(
          (account) => (account.flags & AccountFlags.closed) !== 0,
        );
      await expectStatuses([closing], CreateTransferStatus.created);
      assert.deepEqual(await closed(), [true, true]);
      await expectStatuses(
        [{ ...blankTransfer, ...both, id: id() }],
        CreateTransferStatus.debit_account_already_closed,
      );
      await expectStatuses(
        [{ ...blankTransfer, ...both, id: id(), pending_id: closing.id, flags: TransferFlags.void_pending_transfer }],
        CreateTransferStatus.created,
      );
      assert.deepEqual(await closed(), [false, false]);
    });

    test("an account's transfers and balances are found by side, order and window, and agree", async () => {
      const [other, account] = await pair({ flags: AccountFlags.history });
      const sent = Array.from({ length: 10 }, (_, index) => ({
        ...blankTransfer,
        id: id(),
        debit_account_id: index % 2 === 0 ? account.id : other.id,
        credit_account_id: index % 2 === 0 ? other.id : account.id,
        amount: 100n,
      }));
      const results = await send(...sent);
      const stored = sent.map((transfer, index) => ({ ...transfer, timestamp: results[index]!.timestamp }));
      const debits = stored.filter((transfer) => transfer.debit_account_id === account.id);
      const credits = stored.filter((transfer) => transfer.credit_account_id === account.id);
      const { debits: DEBITS, credits: CREDITS, reversed: REVERSED } = AccountFilterFlags;

      const find = async (fields: Partial<AccountFilter>, expected: Transfer[]): Promise<void> => {
        const filter = { ...everything, account_id: account.id, flags: DEBITS | CREDITS, ...fields };
        const transfers = await client.getAccountTransfers(filter);
        assert.deepEqual(transfers, expected);
        const balances = await client.getAccountBalances(filter);
        assert.deepEqual(
          balances.map((balance) => balance.timestamp),
          expected.map((transfer) => transfer.timestamp),
        );
        for (const balance of balances) {
          const until = stored.filter((transfer) => transfer.timestamp <= balance.timestamp).length;
          assert.equal(balance.debits_posted, 100n * BigInt(Math.ceil(until / 2)));
          assert.equal(balance.credits_posted, 100n * BigInt(Math.floor(until / 2)));
        }
      };

      await find({}, stored);
      await find({ flags: DEBITS | REVERSED }, debits.toReversed());
      await find({ flags: CREDITS | REVERSED }, credits.toReversed());
      await find({ limit: 5 }, stored.slice(0, 5));
      await find({ limit: 5, timestamp_min: stored[4]!.timestamp + 1n }, stored.slice(5));
      await find({ limit: 5, timestamp_min: stored[9]!.timestamp + 1n }, []);
      await find({ limit: 5, flags: DEBITS | CREDITS | REVERSED }, stored.slice(5).toReversed());
      await find(
        { limit: 5, flags: DEBITS | CREDITS | REVERSED, timestamp_max: stored[5]!.timestamp - 1n },
        stored.slice(0, 5).toReversed(),
      );
      await find({ timestamp_min: stored[2]!.timestamp, timestamp_max: stored[4]!.timestamp }, stored.slice(2, 5));
      const invalid: Partial<AccountFilter>[] = [
        { account_id: 0n },
        { account_id: 2n ** 128n - 1n },
        { timestamp_min: U64_MAX },
        { timestamp_max: U64_MAX },
        { timestamp_min: stored[4]!.timestamp, timestamp_max: stored[2]!.timestamp },
        { limit: 0 },
        { flags: REVERSED },
        { flags: 0xffff },
      ];
      for (const fields of invalid) await find(fields, []);
      await assert.rejects(
        client.getAccountTransfers({ ...everything, account_id: account.id, flags: DEBITS, limit: EVENTS_MAX + 1 }),
        refused(ErrorCodes.ERR_TOO_MUCH_DATA),
      );
    });

    /** Ten objects, five alike and five alike, told apart from all others by user data, code and ledger. */
    async function expectQueries<Found extends Account | Transfer>(
      query: (filter: QueryFilter) => Promise<Found[]>,
      stored: readonly Found[],
    ): Promise<void> {
      const fields = (item: Found): Partial<QueryFilter> => ({
        user_data_128: item.user_data_128,
        user_data_64: item.user_data_64,
        user_data_32: item.user_data_32,
        ledger: item.ledger,
        code: item.code,
      });
      const even = stored.filter((_, index) => index % 2 === 0);
      const odd = stored.filter((_, index) => index % 2 === 1);
      const find = async (filter: Partial<QueryFilter>, expected: readonly Found[]): Promise<void> => {
        assert.deepEqual(await query({ ...everyObject, ...filter }), expected);
      };
      await find(fields(even[0]!), even);
      await find({ ...fields(odd[0]!), flags: QueryFilterFlags.reversed }, odd.toReversed());
      await find({ code: stored[0]!.code, user_data_128: stored[0]!.user_data_128 }, even);
      await find({ ledger: stored[0]!.ledger, timestamp_min: stored[0]!.timestamp }, stored);
      await find({ ...fields(even[0]!), code: 0, user_data_32: odd[0]!.user_data_32 }, []);
      const window = { ledger: stored[0]!.ledger, limit: 5, timestamp_min: stored[0]!.timestamp };
      await find(window, stored.slice(0, 5));
      await find({ ...window, timestamp_min: stored[4]!.timestamp + 1n }, stored.slice(5));
      await find({ ...window, timestamp_min: stored[9]!.timestamp + 1n }, []);
      const newest = { ledger: stored[0]!.ledger, limit: 5, flags: QueryFilterFlags.reversed };
      await find(newest, stored.slice(5).toReversed());
      await find({ ...newest, timestamp_max: stored[5]!.timestamp - 1n }, stored.slice(0, 5).toReversed());
    }

    /** User data that no other object has, one kind for even and one for odd numbers. */
    function userData(): (index: number) => Pick<Account, 'user_data_128' | 'user_data_64' | 'user_data_32' | 'code'> {
      const seeds = [id(), id()];
      return (index) => {
        const seed = seeds[index % 2]!;
        return {
          user_data_128: seed,
          user_data_64: BigInt.asUintN(63, seed) + 1n,
          user_data_32: Number(BigInt.asUintN(31, seed)) + 1,
          code: 900 + (index % 2),
        };
      };
    }
    const newLedger = (): number => Number(BigInt.asUintN(31, id())) + 2;

    test('accounts are found by what they have in common', async () => {
      const ledger = newLedger();
      const data = userData();
      const accounts = Array.from({ length: 10 }, (_, index) => ({
        ...blankAccount,
        ...data(index),
        ledger,
        id: id(),
      }));
      const results = await client.createAccounts(accounts);
      const stored = accounts.map((account, index) => ({ ...account, timestamp: results[index]!.timestamp }));
      await expectQueries((filter) => client.queryAccounts(filter), stored);
    });

    test('transfers are found by what they have in common', async () => {
      const ledger = newLedger();
      const [debit, credit] = await pair({ ledger });
      const data = userData();
      const both = { debit_account_id: debit.id, credit_account_id: credit.id, amount: 1n, ledger };
      const transfers = Array.from({ length: 10 }, (_, index) => ({
        ...blankTransfer,
        ...both,
        ...data(index),
        id: id(),
      }));
      const results = await send(...transfers);
      const stored = transfers.map((transfer, index) => ({ ...transfer, timestamp: results[index]!.timestamp }));
      await expectQueries((filter) => client.queryTransfers(filter), stored);
    });

    test('a query that makes no sense finds nothing, one that wants too much is refused', async () => {
      const invalid: Partial<QueryFilter>[] = [
        { timestamp_min: U64_MAX },
        { timestamp_max: U64_MAX },
        { timestamp_min: U64_MAX - 1n, timestamp_max: 1n },
        { timestamp_min: 2n, timestamp_max: 1n },
        { limit: 0 },
        { flags: 0xffff },
      ];
      for (const fields of invalid) {
        assert.deepEqual(await client.queryAccounts({ ...everyObject, ...fields }), []);
        assert.deepEqual(await client.queryTransfers({ ...everyObject, ...fields }), []);
      }
      const tooMuch = { ...everyObject, limit: 10_000 };
      await assert.rejects(client.queryAccounts(tooMuch), refused(ErrorCodes.ERR_TOO_MUCH_DATA));
      await assert.rejects(client.queryTransfers(tooMuch), refused(ErrorCodes.ERR_TOO_MUCH_DATA));
    });

    test('accounts and transfers are imported with timestamps from the past', async () => {
      const [result] = await client.createAccounts([{ ...blankAccount, id: id() }]);
      const last = result!.timestamp;
      await sleep(10); // So that there is a past after the last account.
      const accounts = [1n, 2n].map((later) => ({
        ...blankAccount,
        id: id(),
        flags: AccountFlags.imported,
        timestamp: last + later,
      }));
      const created = await client.createAccounts(accounts);
      assert.deepEqual(
        created.map(({ status, timestamp }) => [status, timestamp]),
        accounts.map(({ timestamp }) => [CreateAccountStatus.created, timestamp]),
      );
      assert.deepEqual(await client.lookupAccounts(accounts.map((account) => account.id)), accounts);
      const transfer = {
        ...blankTransfer,
        id: id(),
        debit_account_id: accounts[0]!.id,
        credit_account_id: accounts[1]!.id,
        amount: 100n,
        flags: TransferFlags.imported,
        timestamp: last + 3n,
      };
      await expectStatuses([transfer], CreateTransferStatus.created);
      assert.deepEqual(await client.lookupTransfers([transfer.id]), [transfer]);
    });

    test('no accounts are created from none', async () => {
      assert.deepEqual(await client.createAccounts([]), []);
    });

    test('no transfers are created from none', async () => {
      assert.deepEqual(await client.createTransfers([]), []);
    });

    test('no accounts are found by no ids', async () => {
      assert.deepEqual(await client.lookupAccounts([]), []);
    });

    test('no transfers are found by no ids', async () => {
      assert.deepEqual(await client.lookupTransfers([]), []);
    });

    test('clients destroyed while others work reject with ERR_CLIENT_CLOSED and nothing else', async () => {
      const clients = Array.from({ length: 5 }, connect);
      const any = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)]!;
      const ids: bigint[] = [1n];
      let answered = 0;
      const act = async (): Promise<void> => {
        await sleep(Math.random() * 3);
        const dice = Math.random();
        // One is spared, so that something is answered even where connecting takes longer than all of this.
        if (dice < 0.1) return any(clients.slice(1)).destroy();
        const chosen = any(clients);
        const account = { ...blankAccount, id: id() };
        ids.push(account.id);
        const call: Promise<unknown> =
          dice < 0.7 ? chosen.createAccounts([account]) : chosen.lookupAccounts([any(ids)]);
        await call.then(
          () => {
            answered += 1;
          },
          (error: unknown) => refused(ErrorCodes.ERR_CLIENT_CLOSED)(error),
        );
      };
      await Promise.all(Array.from({ length: 50 }, act));
      for (const item of clients) item.destroy();
      assert.ok(answered > 0);
      // The first client of all shares the ledger, so it is still open.
      assert.equal((await client.lookupAccounts(ids.slice(0, 8000))).length <= ids.length, true);
      await assert.rejects(clients[0]!.lookupAccounts([1n]), refused(ErrorCodes.ERR_CLIENT_CLOSED));
    });
  });
}
