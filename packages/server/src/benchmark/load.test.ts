import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountFlags, decodeTransfer, TRANSFER_SIZE, type Transfer, TransferFlags } from 'tallystick/internal/model';
import { zipfianWeights } from './distribution.ts';
import { Load } from './load.ts';
import type { LoadOptions } from './names.ts';

const DEFAULTS: LoadOptions = {
  ledger: 2,
  seed: 42,
  accountCount: 1000,
  accountCountHot: 0,
  transferHotPercent: 100,
  accountDistribution: 'uniform',
  idOrder: 'sequential',
  history: true,
  imported: false,
  pendingPercent: 0,
};

function transfersOf(load: Load, from: number, count: number): Transfer[] {
  const found: Transfer[] = [];
  for (let done = 0; done < count; done += 8189) {
    const length = Math.min(8189, count - done);
    const at = load.transfers(from + done, length).byteOffset;
    for (let index = 0; index < length; index++) found.push(decodeTransfer(load.cells, at + TRANSFER_SIZE * index));
  }
  return found;
}

test('every transfer is one that the ledger takes', () => {
  const load = new Load({ ...DEFAULTS, accountCount: 2, pendingPercent: 30 });
  const accounts = new Set([load.accountId(0), load.accountId(1)]);
  for (const transfer of transfersOf(load, 0, 10_000)) {
    assert.ok(accounts.has(transfer.debit_account_id));
    assert.ok(accounts.has(transfer.credit_account_id));
    assert.notEqual(transfer.debit_account_id, transfer.credit_account_id);
    assert.ok(transfer.amount >= 1n);
    assert.equal(transfer.pending_id, 0n);
    assert.equal(transfer.ledger, 2);
    assert.ok(transfer.code >= 1 && transfer.code <= 0xffff);
    assert.equal(transfer.timestamp, 0n);
    const pending = transfer.flags === TransferFlags.pending;
    assert.ok(pending || transfer.flags === 0);
    assert.ok(pending ? transfer.timeout >= 1 && transfer.timeout <= 5 : transfer.timeout === 0);
  }
});

test('the same seed makes the same load, from anywhere; another seed another', () => {
  const all = transfersOf(new Load(DEFAULTS), 0, 10_000);
  assert.deepEqual(transfersOf(new Load(DEFAULTS), 4321, 99), all.slice(4321, 4420));
  assert.notDeepEqual(transfersOf(new Load({ ...DEFAULTS, seed: 43 }), 0, 99), all.slice(0, 99));
  assert.deepEqual(new Load(DEFAULTS).account(7), new Load(DEFAULTS).account(7));
});

test('amounts are exponential with a mean of 10,000', () => {
  const amounts = transfersOf(new Load(DEFAULTS), 0, 100_000).map(({ amount }) => Number(amount));
  const mean = amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length;
  const above = amounts.filter((amount) => amount > 10_000).length / amounts.length;
  assert.ok(Math.abs(mean - 10_000) < 150, `mean ${mean}`);
  assert.ok(Math.abs(above - Math.exp(-1)) < 0.01, `share above the mean ${above}`);
});

test('30 % of the transfers are pending when asked for', () => {
  const transfers = transfersOf(new Load({ ...DEFAULTS, pendingPercent: 30 }), 0, 100_000);
  const share = transfers.filter(({ flags }) => flags === TransferFlags.pending).length / transfers.length;
  assert.ok(Math.abs(share - 0.3) < 0.01, `share ${share}`);
  const timeouts = [1, 2, 3, 4, 5].map((seconds) => transfers.filter(({ timeout }) => timeout === seconds).length);
  for (const count of timeouts) assert.ok(Math.abs(count - 6000) < 400, `timeouts ${timeouts}`);
});

/** How often each account is debited, and credited. */
function counts(options: LoadOptions, count: number): { debits: number[]; credits: number[] } {
  const load = new Load(options);
  const index = new Map(Array.from({ length: options.accountCount }, (_, at) => [load.accountId(at), at]));
  const debits = new Array<number>(options.accountCount).fill(0);
  const credits = new Array<number>(options.accountCount).fill(0);
  for (const transfer of transfersOf(load, 0, count)) {
    debits[index.get(transfer.debit_account_id)!]!++;
    credits[index.get(transfer.credit_account_id)!]!++;
  }
  return { debits, credits };
}

/** Pearson's chi-square over its degrees of freedom: about 1 when the counts follow the weights. */
function chiSquare(found: readonly number[], weights: ArrayLike<number>): number {
  const total = found.reduce((sum, count) => sum + count, 0);
  const weight = Array.from(weights).reduce((sum, each) => sum + each, 0);
  const terms = found.map(
    (count, at) => (count - (total * weights[at]!) / weight) ** 2 / ((total * weights[at]!) / weight),
  );
  return terms.reduce((sum, term) => sum + term, 0) / (found.length - 1);
}

test('uniform: every account as often as any other, on both sides', () => {
  const { debits, credits } = counts(DEFAULTS, 200_000);
  const even = new Float64Array(1000).fill(1);
  assert.ok(chiSquare(debits, even) < 1.2, `debits ${chiSquare(debits, even)}`);
  assert.ok(chiSquare(credits, even) < 1.2, `credits ${chiSquare(credits, even)}`);
});

test('zipfian: the nth most popular account has weight n^-0.99, and popular accounts do not stand together', () => {
  const { debits } = counts({ ...DEFAULTS, accountDistribution: 'zipfian' }, 400_000);
  const weights = zipfianWeights(1000);
  assert.ok(
    chiSquare(
      debits.toSorted((a, b) => b - a),
      weights,
    ) < 1.5,
  );
  const top = debits
    .map((count, at) => ({ count, at }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 10);
  assert.ok(Math.max(...top.map(({ at }) => at)) - Math.min(...top.map(({ at }) => at)) > 100, JSON.stringify(top));
});

test('latest: the last account is the most popular, as often as weight 1 says', () => {
  const { debits } = counts({ ...DEFAULTS, accountDistribution: 'latest' }, 400_000);
  assert.ok(chiSquare(debits.toReversed(), zipfianWeights(1000)) < 1.2);
});

test('hot accounts take their percent of the debits and no credit', () => {
  const { debits, credits } = counts({ ...DEFAULTS, accountCountHot: 10, transferHotPercent: 80 }, 100_000);
  const hot = debits.slice(0, 10).reduce((sum, count) => sum + count, 0) / 100_000;
  // The cold fifth draws from all accounts, so 1 % of it is hot as well.
  assert.ok(Math.abs(hot - (0.8 + 0.2 * 0.01)) < 0.01, `hot share ${hot}`);
  assert.equal(
    credits.slice(0, 10).reduce((sum, count) => sum + count, 0),
    0,
  );
  const all = counts({ ...DEFAULTS, accountCount: 3, accountCountHot: 3 }, 1000);
  assert.equal(
    all.credits.reduce((sum, count) => sum + count, 0),
    1000,
  );
});

test('ids are unique in every order, and in that order', () => {
  for (const idOrder of ['tbid', 'sequential', 'random', 'reversed'] as const) {
    const ids = transfersOf(new Load({ ...DEFAULTS, idOrder }), 0, 50_000).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, idOrder);
    for (const id of ids) assert.ok(id > 0n && id < 2n ** 128n - 1n);
    const growing = ids.every((id, at) => at === 0 || id > ids[at - 1]!);
    const shrinking = ids.every((id, at) => at === 0 || id < ids[at - 1]!);
    assert.equal(growing, idOrder === 'tbid' || idOrder === 'sequential', idOrder);
    assert.equal(shrinking, idOrder === 'reversed', idOrder);
  }
});

test('tbid carries the time', () => {
  const before = Date.now();
  const [transfer] = transfersOf(new Load({ ...DEFAULTS, idOrder: 'tbid' }), 0, 1);
  const milliseconds = Number(transfer!.id >> 80n);
  assert.ok(milliseconds >= before && milliseconds <= Date.now());
});

test('imported objects bear timestamps that only grow, transfers after accounts', () => {
  const load = new Load({ ...DEFAULTS, imported: true, pendingPercent: 50, accountCount: 3 });
  assert.deepEqual(
    [0, 1, 2].map((index) => load.account(index).timestamp),
    [1n, 2n, 3n],
  );
  assert.equal(load.account(0).flags, AccountFlags.imported | AccountFlags.history);
  for (const [index, transfer] of transfersOf(load, 0, 100).entries()) {
    assert.equal(transfer.timestamp, BigInt(4 + index));
    assert.equal(transfer.timeout, 0);
    assert.ok((transfer.flags & TransferFlags.imported) !== 0);
  }
});

test('queries ask about hot accounts where there are any', () => {
  const hot = new Load({ ...DEFAULTS, accountCountHot: 2 });
  const cold = new Load(DEFAULTS);
  const asked = (load: Load): Set<bigint> => new Set(Array.from({ length: 200 }, (_, at) => load.queryAccountId(at)));
  assert.deepEqual(asked(hot), new Set([hot.accountId(0), hot.accountId(1)]));
  assert.ok(asked(cold).size > 150);
});
