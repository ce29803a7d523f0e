/**
 * What must be true of services is found from the ledger alone, in process, in a folder and over a connection; and
 * damage of each kind that is planted is found, by the one who looks for it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AnyTransferInput, CreateTransferStatus, type Ledger, open, TransferFlags } from 'tallystick';
import { Assets } from '../../packages/services/src/base/assets.ts';
import { Books } from '../../packages/services/src/base/books.ts';
import { baseOf, legId } from '../../packages/services/src/base/ids.ts';
import { Gateway } from '../../packages/services/src/gateway/gateway.ts';
import { Invoices } from '../../packages/services/src/gateway/invoices.ts';
import { checkGateway, type Tenant } from '../../packages/services/src/gateway/plans.ts';
import { periodOf } from '../../packages/services/src/gateway/usage.ts';
import { audit, MemoryRecords, type Payments } from '../../packages/services/src/index.ts';
import { Tenants } from '../../packages/services/src/payments/tenants.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Served } from '../support/served.ts';

const EUR = { asset: 'EUR' } as const;
const TENANT = 7;
const assets = new Assets();
const books = new Books(TENANT, assets);
const plans = checkGateway(
  {
    plans: { flat: { asset: 'EUR', prices: [{ each: '1' }] } },
    tenants: [{ number: TENANT, name: 'n', plan: 'flat' }],
  },
  assets,
);
const controls = {
  limits: [{ kind: 'customer', per: 'day', amount: '900.00', ...EUR }],
  review: [{ kind: 'customer', from: '200.00', ...EUR }],
} as const;
const MONTH = new Date().toISOString().slice(0, 7);

/** A tenant that has done everything once. */
async function town(ledger: Ledger): Promise<Payments> {
  const gateway = new Gateway(ledger, { tenants: plans, assets, now: () => 0n });
  const options = { records: new MemoryRecords(), controls };
  const payments = (await new Tenants(ledger, options, gateway).opened(TENANT)).as('maria');
  for (const [name, kind] of [
    ['bank', 'bank'],
    ['alice', 'customer'],
    ['shop', 'merchant'],
  ] as const) {
    await payments.openAccount({ name, kind, ...EUR });
  }
  const toShop = { from: 'alice', to: 'shop', ...EUR };
  await payments.pay('in', { from: 'bank', to: 'alice', amount: '1000.00', ...EUR });
  const paid = (await payments.pay('p', { ...toShop, amount: '20.00', fee: '0.50' })) as { readonly payment: string };
  await payments.refund('r', { payment: paid.payment, amount: '5.00' });
  await payments.pay('poor', { from: 'shop', to: 'alice', amount: '500.00', ...EUR });
  const held = (await payments.hold('h', { ...toShop, amount: '50.00' })) as { readonly payment: string };
  await payments.capture('c', { payment: held.payment, amount: '20.00', more: true });
  await payments.release('l', { payment: held.payment });
  await payments.split('s', { amount: '1.00', from: [{ account: 'alice' }], to: [{ account: 'shop' }], ...EUR });
  const waits = (await payments.pay('w', { ...toShop, amount: '300.00' })) as { readonly payment: string };
  await payments.as('jan').approve(waits.payment);
  await payments.pay('w2', { ...toShop, amount: '200.00' });
  return payments;
}

const ledgerOf = books.ledgerOf(assets.byCode('EUR'));
const account = (name: string): bigint => books.accountId(name, assets.byCode('EUR'));
const base = (key: string): bigint => baseOf('request', TENANT, key);
const money = (id: bigint, code: number, more: object = {}): AnyTransferInput => ({
  id,
  debit_account_id: account('bank'),
  credit_account_id: account('shop'),
  amount: 100n,
  user_data_128: (id >> 8n) << 8n,
  user_data_64: 17n,
  ledger: ledgerOf,
  code,
  ...more,
});
const metered = (id: bigint, more: object = {}): AnyTransferInput =>
  money(id, 951, {
    debit_account_id: books.postpaidId,
    credit_account_id: books.usedId,
    amount: 1n,
    ledger: books.metersLedger,
    ...more,
  });

/** Damage as a mistake of ours, or somebody with rights on the raw ledger, would do it. */
const DAMAGE: readonly (readonly [found: RegExp, plant: (ledger: Ledger) => Promise<readonly AnyTransferInput[]>])[] = [
  [/a leg of its chain is missing/, async () => [money(legId(base('x'), 2), 100)]],
  [
    /its legs are of 2 requests/,
    async () => [money(legId(base('x'), 1), 100), money(legId(base('x'), 2), 101, { user_data_64: 19n })],
  ],
  [
    /was taken from a limit, and nobody paid that/,
    async () => {
      const window = books.idOf('window', 'EUR/alice/day/amount');
      const taken = {
        debit_account_id: window,
        credit_account_id: books.allowancesId,
        amount: 7n,
        ledger: books.limitsLedger,
      };
      return [money(legId(base('x'), 1), 100), money(legId(base('x'), 2), 933, taken)];
    },
  ],
  [
    /was taken by payments, and its account says/,
    async () => {
      const window = books.idOf('window', 'EUR/alice/day/amount');
      const taken = {
        debit_account_id: window,
        credit_account_id: books.allowancesId,
        amount: 7n,
        ledger: books.limitsLedger,
      };
      return [money(legId(base('x'), 1), 4, { ...taken, user_data_128: 0n })];
    },
  ],
  [
    /it was counted 2 times/,
    async () => [money(legId(base('x'), 1), 100), metered(legId(base('x'), 2)), metered(legId(base('x'), 3))],
  ],
  [/it was counted, and is no payment/, async () => [metered(legId(base('x'), 1))]],
  [/the meter of tenant 7 says/, async () => [metered(legId(base('x'), 1), { code: 4, user_data_128: 0n })]],
  [
    /went back, and .* was paid/,
    async () => [money(legId(base('x'), 1), 120, { user_data_128: base('p'), amount: 1501n })],
  ],
  [
    /was captured, and .* was held/,
    async (ledger) => {
      const pending = { flags: TransferFlags.pending, user_data_128: base('h') };
      await ledger.createTransfers([money(legId(base('x'), 1), 110, pending)]);
      const post = { pending_id: legId(base('x'), 1), flags: TransferFlags.post_pending_transfer, amount: 5000n };
      return [
        money(legId(base('y'), 1), 110, { ...post, amount: 100n, user_data_128: base('h') }),
        ...(await more(ledger)),
      ];
    },
  ],
  [
    /money waits, and there is no case/,
    async () => [money(legId(base('x'), 1), 1100, { flags: TransferFlags.pending })],
  ],
  [
    /it has transfers, and never began/,
    async () => [money(legId(base('x'), 1), 120, { user_data_128: base('nothing') })],
  ],
  [
    /the invoice of .* is for .* payments, and .* were counted/,
    async (ledger) => {
      await new Invoices(ledger, new Books(0, assets)).make(plans[0] as Tenant, periodOf(MONTH), 999n);
      return [];
    },
  ],
];

/** More captured than the first hold of `h` had. */
async function more(ledger: Ledger): Promise<readonly AnyTransferInput[]> {
  const pending = { flags: TransferFlags.pending, user_data_128: base('h'), amount: 9000n };
  await ledger.createTransfers([money(legId(base('z'), 1), 110, pending)]);
  const flags = TransferFlags.post_pending_transfer;
  return [
    money(legId(base('z2'), 1), 110, {
      pending_id: legId(base('z'), 1),
      flags,
      amount: 9000n,
      user_data_128: base('h'),
    }),
  ];
}

test('a town where everything was done once is as it must be, and each damage is found', async () => {
  for (const [found, plant] of [[undefined, async () => []] as const, ...DAMAGE]) {
    const ledger = await open(':memory:', { mode: 'inline' });
    await town(ledger);
    const planted = await plant(ledger);
    for (const { status } of planted.length === 0 ? [] : await ledger.createTransfers(planted)) {
      assert.equal(status, CreateTransferStatus.created, String(found));
    }
    const { problems, payments } = await audit(ledger);
    assert.ok(payments >= 6);
    if (found === undefined) assert.deepEqual(problems, []);
    else
      assert.ok(
        problems.some((problem) => found.test(problem)),
        `${found}: ${problems.join('; ')}`,
      );
    await ledger.close();
  }
});

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
const check = (target: string): { readonly status: number | null; readonly stdout: string } =>
  spawnSync(process.execPath, [main, 'check', '--services', target], { encoding: 'utf8', timeout: 60_000 });

test('tallystick check --services finds it in a folder and over a connection', async () => {
  const folder = join(temporaryFolder(), 'books');
  const ledger = await open(folder, { create: true });
  await town(ledger);
  await ledger.close();
  const right = check(folder);
  assert.deepEqual([right.status, /\d+ payments looked at/.test(right.stdout)], [0, true], right.stdout);
  const again = await open(folder);
  await again.createTransfers([money(legId(base('x'), 2), 100)]);
  await again.close();
  const wrong = check(folder);
  assert.equal(wrong.status, 1);
  assert.match(wrong.stdout, /a leg of its chain is missing/);
  const off = ['--http-port', 'off', '--grpc-port', 'off', '--msgpack-port', 'off', '--metrics-port', 'off'];
  const served = await Served.start(folder, { args: off });
  try {
    const remote = check(served.address);
    assert.equal(remote.status, 1);
    assert.match(remote.stdout, /a leg of its chain is missing/);
  } finally {
    await served.end();
  }
});
