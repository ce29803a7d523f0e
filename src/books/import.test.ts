import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import {
  type Account,
  type AccountInput,
  CreateAccountStatus,
  CreateTransferStatus,
  type Id,
  type Ledger,
  type Transfer,
  TransferFlags,
  type TransferInput,
} from '../model/index.ts';
import {
  BookError,
  balances,
  balancesObject,
  formatNames,
  type ImportResult,
  importBook,
  type Names,
  NO_NAMES,
  parseNames,
} from './index.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BOOK = join(ROOT, '../shared/books/book-11.beancount');

const account = ({ id, ledger, code }: AccountInput): Account => ({
  id: id as bigint,
  ledger,
  code,
  debits_pending: 0n,
  debits_posted: 0n,
  credits_pending: 0n,
  credits_posted: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  reserved: 0,
  flags: 0,
  timestamp: 0n,
});

/** As much of a ledger as an import needs: chains, `exists`, balances; it can fail after a number of requests. */
class FakeLedger {
  readonly accounts: Map<bigint, Account> = new Map();
  readonly transfers: Map<bigint, TransferInput> = new Map();
  readonly requests: number[] = [];
  failAfter = Number.POSITIVE_INFINITY;

  get asLedger(): Ledger {
    return this as unknown as Ledger;
  }

  async createAccounts(events: readonly AccountInput[]): Promise<{ timestamp: bigint; status: number }[]> {
    return events.map((event) => {
      const there = this.accounts.get(event.id as bigint);
      if (there === undefined) this.accounts.set(event.id as bigint, account(event));
      const same = there === undefined || (there.ledger === event.ledger && there.code === event.code);
      const { created, exists, exists_with_different_ledger: other } = CreateAccountStatus;
      return { timestamp: 1n, status: there === undefined ? created : same ? exists : other };
    });
  }

  async createTransfers(events: readonly TransferInput[]): Promise<{ timestamp: bigint; status: number }[]> {
    if (this.requests.length >= this.failAfter) throw new Error('the machine is gone');
    assert.ok(events.length <= 8189, 'a request has at most 8,189 events');
    this.requests.push(events.length);
    const statuses: number[] = [];
    for (let at = 0; at < events.length; ) {
      let end = at;
      while (((events[end]!.flags ?? 0) & TransferFlags.linked) !== 0) end += 1;
      assert.ok(end < events.length, 'no chain is cut');
      const chain = events.slice(at, end + 1);
      const bad = chain.findIndex((event) => this.#status(event) !== CreateTransferStatus.created);
      chain.forEach((event, index) => {
        if (bad === -1) this.#apply(event);
        const failed = index === bad ? this.#status(event) : CreateTransferStatus.linked_event_failed;
        statuses.push(bad === -1 ? CreateTransferStatus.created : failed);
      });
      at = end + 1;
    }
    return statuses.map((status) => ({ timestamp: 1n, status }));
  }

  #status(event: TransferInput): number {
    const there = this.transfers.get(event.id as bigint);
    if (there !== undefined) {
      return there.amount === event.amount
        ? CreateTransferStatus.exists
        : CreateTransferStatus.exists_with_different_amount;
    }
    const debit = this.accounts.get(event.debit_account_id as bigint);
    const credit = this.accounts.get(event.credit_account_id as bigint);
    if (debit === undefined || credit === undefined) return CreateTransferStatus.debit_account_not_found;
    if (debit.ledger !== event.ledger || credit.ledger !== event.ledger) {
      return CreateTransferStatus.transfer_must_have_the_same_ledger_as_accounts;
    }
    return CreateTransferStatus.created;
  }

  #apply(event: TransferInput): void {
    this.transfers.set(event.id as bigint, event);
    this.accounts.get(event.debit_account_id as bigint)!.debits_posted += event.amount!;
    this.accounts.get(event.credit_account_id as bigint)!.credits_posted += event.amount!;
  }

  async lookupAccounts(ids: readonly Id[]): Promise<Account[]> {
    return ids.map((id) => this.accounts.get(id as bigint)).filter((found) => found !== undefined);
  }

  async lookupTransfers(ids: readonly Id[]): Promise<Transfer[]> {
    return ids.map((id) => this.transfers.get(id as bigint)).filter((found) => found !== undefined) as Transfer[];
  }
}

/** A ledger with the sidecar beside it, as the CLI keeps them. */
class Folder {
  readonly fake: FakeLedger = new FakeLedger();
  names: Names = NO_NAMES;
  saves = 0;

  import(text: string, path: string, files: Readonly<Record<string, string>> = {}): Promise<ImportResult> {
    return importBook({
      ledger: this.fake.asLedger,
      text,
      path,
      read: (name) => (files[name] === undefined ? [] : [{ path: name, text: files[name] }]),
      names: this.names,
      save: (names) => {
        this.names = parseNames(formatNames(names));
        this.saves += 1;
      },
    });
  }

  async balances(): Promise<Record<string, Record<string, string>>> {
    return balancesObject(await balances({ ledger: this.fake.asLedger, names: this.names }));
  }
}

const bakery = `2024-01-01 open Assets:Cash
2024-01-01 open Expenses:Flour
2024-01-01 open Equity:Opening
2024-01-01 * "Start"
  Assets:Cash   100.00 USD
  Equity:Opening
2024-01-02 * "Mill" "Flour"
  Expenses:Flour   12.5 USD
  Assets:Cash
2024-01-02 * "Mill" "Flour"
  Expenses:Flour   12.5 USD
  Assets:Cash
`;

test('the balances of five years of a household are those that Beancount computes, digit for digit', {
  skip: existsSync(BOOK) ? false : '../shared/books/book-11.beancount is absent',
}, async () => {
  const folder = new Folder();
  const result = await folder.import(readFileSync(BOOK, 'utf8'), BOOK);
  const expected = JSON.parse(readFileSync(join(dirname(BOOK), 'book-11.balances.json'), 'utf8'));
  assert.deepEqual(await folder.balances(), expected.balances);
  assert.equal(JSON.stringify(await folder.balances()), JSON.stringify(expected.balances), 'in the same order');
  assert.equal(result.transactions.created, expected.transactions);
  assert.equal(result.transfers.created, expected.postings);
  assert.deepEqual(result.problems, []);
  assert.deepEqual(result.differences, []);
});

test('importing a book again changes nothing, says so, and saves no names', async () => {
  const folder = new Folder();
  const first = await folder.import(bakery, 'bakery.beancount');
  assert.deepEqual(first.transactions, { created: 3, existed: 0 });
  const before = await folder.balances();
  const again = await folder.import(bakery, 'elsewhere/moved.beancount');
  assert.deepEqual(again.transactions, { created: 0, existed: 3 });
  assert.deepEqual(again.transfers, { created: 0, existed: 6 });
  assert.deepEqual(again.accounts, { created: 0, existed: 4 });
  assert.deepEqual(await folder.balances(), before);
  assert.deepEqual(before, {
    'Assets:Cash': { USD: '75.00' },
    'Equity:Opening': { USD: '-100.00' },
    'Expenses:Flour': { USD: '25.0' },
  });
  assert.equal(folder.saves, 1);
});

test('an import that stops half way is finished by the next one', async () => {
  const folder = new Folder();
  let text = '2024-01-01 open Assets:A\n2024-01-01 open Assets:B\n';
  for (let i = 0; i < 9000; i++) text += `2024-01-02 * "${i}"\n  Assets:A  ${i + 1} USD\n  Assets:B\n`;
  folder.fake.failAfter = 1;
  await assert.rejects(folder.import(text, 'big.beancount'), /the machine is gone/);
  assert.equal(folder.saves, 1, 'names are saved before the events');
  folder.fake.failAfter = Number.POSITIVE_INFINITY;
  const result = await folder.import(text, 'big.beancount');
  assert.equal(result.transactions.created + result.transactions.existed, 9000);
  assert.ok(result.transactions.existed > 0);
  assert.deepEqual(result.differences, []);
  assert.ok(folder.fake.requests.every((count) => count <= 8189 && count % 2 === 0));
});

test('a transaction of more postings than a request has events is refused, one of as many is not', async () => {
  const of = (count: number): string => {
    const lines = Array.from({ length: count - 1 }, () => '  Assets:A  1 USD\n').join('');
    return `2024-01-01 open Assets:A\n2024-01-01 * "long"\n${lines}  Assets:A  -${count - 1} USD\n`;
  };
  const folder = new Folder();
  assert.equal((await folder.import(of(8189), 'long.beancount')).transfers.created, 8189);
  await assert.rejects(new Folder().import(of(8190), 'long.beancount'), /8190 postings in one transaction/);
});

test('a transaction that was edited is found out: the ledger then holds both', async () => {
  const folder = new Folder();
  await folder.import(bakery, 'bakery.beancount');
  const edited = await folder.import(bakery.replace('100.00', '110.00'), 'bakery.beancount');
  assert.deepEqual(edited.transactions, { created: 1, existed: 2 });
  assert.deepEqual(
    edited.differences.map(({ account: name, book, ledger }) => [name, book, ledger]),
    [
      ['Assets:Cash', '85.00', '185.00'],
      ['Equity:Opening', '-110.00', '-210.00'],
    ],
  );
});

test('nothing is sent and no name is saved when a line cannot be read or a transaction does not balance', async () => {
  const folder = new Folder();
  const broken =
    `${bakery}2024-01-03 * "Odd"\n  Assets:Cash  1.00 USD\n  Expenses:Flour  -1.30 USD\n2024-01-04 blance ` +
    'Assets:Cash 1 USD\n';
  await assert.rejects(folder.import(broken, 'books/bakery.beancount'), (error: unknown) => {
    assert.ok(error instanceof BookError);
    assert.equal(error.code, 'book_invalid');
    assert.match(
      error.message,
      /books\/bakery\.beancount:13:1: the transaction does not balance: -0\.30 USD is left over\n {4}2024-01-03 \* "Odd"\n/,
    );
    assert.match(
      error.message,
      /books\/bakery\.beancount:16:1: expected a directive or a flag behind the date, found 'blance'/,
    );
    return true;
  });
  assert.equal(folder.fake.accounts.size, 0);
  assert.equal(folder.saves, 0);
});

test('a commodity keeps the decimals of its first import, and what needs more is refused', async () => {
  const folder = new Folder();
  const of = (number: string): string => `2024-01-01 txn "x"\n  Assets:A  ${number} BTC\n  Assets:B\n`;
  await folder.import(of('0.000000000001'), 'a.beancount');
  await folder.import(of('0.10000000000000'), 'a.beancount');
  assert.deepEqual(await folder.balances(), {
    'Assets:A': { BTC: '0.10000000000100' },
    'Assets:B': { BTC: '-0.10000000000100' },
  });
  await assert.rejects(folder.import(of('0.0000000000001'), 'a.beancount'), /BTC has 12 decimals in this folder/);
  const finer = new Folder();
  await finer.import(of('0.00000000000000000001'), 'a.beancount');
  assert.equal(finer.names.commodities[0]!.scale, 20);
});

test('an amount that 128 bits cannot hold is refused, the largest that they can is not', async () => {
  const of = (number: bigint): string => `2024-01-01 x\n  Assets:A  ${number}.${'0'.repeat(11)}1 X\n  Assets:B\n`;
  const largest = (2n ** 128n - 2n) / 10n ** 12n;
  const folder = new Folder();
  await folder.import(of(largest), 'a.journal');
  assert.equal((await folder.balances())['Assets:B']!.X, `-${largest}.000000000001`);
  await assert.rejects(new Folder().import(of(largest + 1n), 'a.journal'), /does not fit in 128 bits/);
});

test('two books share a folder: commodities keep their ledgers and new ones follow', async () => {
  const folder = new Folder();
  await folder.import(bakery, 'bakery.beancount');
  const second = await folder.import('2024-01-01 txn "x"\n  Assets:Cash  5 EUR\n  Equity:Opening\n', 'euro.beancount');
  assert.deepEqual(
    folder.names.commodities.map(({ name, ledger }) => [name, ledger]),
    [
      ['USD', 1],
      ['EUR', 2],
    ],
  );
  assert.deepEqual(second.differences, [], 'a book that is all new has edited nothing');
  assert.deepEqual((await folder.balances())['Assets:Cash'], { EUR: '5', USD: '75.00' });
});

test('a failed balance assertion is a warning with the difference, and the book is imported', async () => {
  const folder = new Folder();
  const result = await folder.import(`${bakery}2024-02-01 balance Assets:Cash  80.00 USD\n`, 'bakery.beancount');
  assert.deepEqual(
    result.problems.map(({ severity, message, place }) => [severity, place.line, message]),
    [['warning', 13, 'the balance of Assets:Cash is 75.00 USD, not 80.00: 5.00 too little']],
  );
  assert.equal(result.transactions.created, 3);
});

test('every transfer tells its date, its transaction and its place in it', async () => {
  const folder = new Folder();
  await folder.import(bakery, 'bakery.beancount');
  const transfers = [...folder.fake.transfers.values()];
  assert.deepEqual(
    transfers.map(({ user_data_32, user_data_64, flags, code }) => [user_data_32, user_data_64, flags, code]),
    [
      [20240101, 1n, 1, 1],
      [20240101, 2n, 0, 1],
      [20240102, 1n, 1, 1],
      [20240102, 2n, 0, 1],
      [20240102, 1n, 1, 1],
      [20240102, 2n, 0, 1],
    ],
  );
  assert.equal(new Set(transfers.map(({ user_data_128 }) => user_data_128)).size, 3);
  assert.equal(transfers[0]!.amount, 100n * 10n ** 12n);
});

test('names survive a round trip through their file, and a file that is not ours is refused', async () => {
  const folder = new Folder();
  await folder.import(bakery, 'bakery.beancount');
  const text = formatNames(folder.names);
  assert.equal(formatNames(parseNames(text)), text);
  const code =
    (wanted: string) =>
    (error: unknown): boolean =>
      (error as { code: string }).code === wanted;
  assert.throws(() => parseNames('{'), code('format_foreign'));
  assert.throws(() => parseNames('{}'), code('format_foreign'));
  assert.throws(() => parseNames(text.replace('"version": 1', '"version": 2')), code('format_newer'));
  assert.throws(() => parseNames(text.replace('Assets:Cash', 'Assets:Crash')), code('format_foreign'));
});

test("what Beancount's 28 digits leave of a round number needs no decimals, in old folders or new ones", async () => {
  const shares = '2024-02-02 * "shares"\n  Assets:Depot  3 ACME {{100.00 USD}}\n  Assets:Cash\n';
  const grown = new Folder();
  await grown.import(bakery, 'b.beancount');
  const result = await grown.import(bakery + shares, 'b.beancount');
  assert.deepEqual([result.transactions, result.differences], [{ created: 1, existed: 3 }, []]);
  assert.deepEqual((await grown.balances())['Assets:Cash'], { USD: '-25.00' });
  const fresh = new Folder();
  await fresh.import(bakery + shares, 'b.beancount');
  assert.deepEqual(
    fresh.names.commodities.map(({ name, scale }) => [name, scale]),
    [
      ['USD', 12],
      ['ACME', 12],
    ],
  );
});

test('a book whose sums exceed 128 bits is refused before anything is sent, with account and place', async () => {
  const half = 2n ** 127n / 10n ** 12n + 1n;
  const sale = (name: string): string => `2024-01-01 * "${name}"\n  Assets:A  ${half} X\n  Assets:B\n`;
  const one = new Folder();
  await one.import(sale('a'), 'a.beancount');
  const whole = new Folder();
  for (const folder of [one, whole]) {
    const before = folder.fake.transfers.size;
    await assert.rejects(folder.import(sale('a') + sale('b'), 'a.beancount'), (error: unknown) => {
      assert.ok(error instanceof BookError);
      assert.match(
        error.message,
        /^a\.beancount:[14]:1: the debits or credits of .* more X than 128 bits hold with 12 d/,
      );
      return true;
    });
    assert.equal(folder.fake.transfers.size, before);
  }
  assert.deepEqual((await one.import(sale('a'), 'a.beancount')).transactions, { created: 0, existed: 1 });
});
