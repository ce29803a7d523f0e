/** Cells of chains are what the codec makes of the same transfers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransferBatch, TransferFlags } from 'tallystick/internal/model';
import { ChainCells } from './chain-cells.ts';
import { baseOf } from './ids.ts';
import { type Leg, markOf, type Plan, transfersOf } from './plan.ts';

const { pending, post_pending_transfer, linked } = TransferFlags;
const base = baseOf('request', 7, 'order-17');
const wide = 2n ** 127n + 2n ** 64n + 5n;
const legs: readonly Leg[] = [
  { control: 'money', debit: wide, credit: 3n, amount: 2n ** 120n, ledger: 978, code: 100 },
  { control: 'hold', debit: 1n, credit: wide, amount: 0n, ledger: 978, code: 110, flags: pending, timeout: 86_400 },
  { control: 'hold', debit: 1n, credit: 2n, amount: 17n, ledger: 978, flags: post_pending_transfer, pending: wide },
  { control: 'hold', debit: 1n, credit: 2n, ledger: 4_294_967_295, flags: post_pending_transfer, pending: 9n },
];
const planOf = (own: readonly Leg[], more: Partial<Plan> = {}): Plan => ({
  tenant: 7,
  base,
  fingerprint: 2n ** 64n - 1n,
  aggregate: wide,
  day: 20_261_201,
  legs: own as unknown as Plan['legs'],
  ...more,
});

test('chains as cells, bit for bit', () => {
  const plans = [planOf(legs), planOf(legs.slice(0, 1), { aggregate: 0n, fingerprint: 1n }), planOf(legs.slice(1, 3))];
  const cells = new ChainCells(7);
  const batch = new TransferBatch(7);
  for (const plan of plans) {
    cells.add(plan);
    for (const transfer of transfersOf(plan)) batch.add(transfer);
  }
  assert.deepEqual(cells.batch.bytes, batch.bytes);
});

test('all or none: a mark, and every chain linked to the one behind it', () => {
  const mark = markOf(7, 99n);
  const cells = new ChainCells(2, mark);
  const batch = new TransferBatch(3);
  batch.add(mark);
  const [first, second] = [planOf(legs.slice(0, 1)), planOf(legs.slice(0, 1), { aggregate: 5n })];
  cells.add(first, true);
  cells.add(second);
  for (const transfer of transfersOf(first)) batch.add({ ...transfer, flags: linked } as never);
  for (const transfer of transfersOf(second)) batch.add(transfer);
  assert.deepEqual(cells.batch.bytes, batch.bytes);
});

test('what cannot be a chain is our own mistake', () => {
  const bad: readonly Plan[] = [
    planOf(legs.slice(0, 1), { base: base + 1n }),
    planOf([{ ...legs[0]!, amount: -1n }]),
    planOf([{ ...legs[0]!, debit: 2n ** 128n }]),
    planOf(Array.from({ length: 255 }, () => legs[0]!)),
  ];
  for (const plan of bad) assert.throws(() => new ChainCells(plan.legs.length).add(plan), { name: 'AssertionError' });
});
