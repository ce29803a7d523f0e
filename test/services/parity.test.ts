/**
 * One test for each weakness of the system that payments replace, by its name there. Weaknesses with a file of their
 * own: streams (grpc.test.ts), speed by the message and invoices (gateway.test.ts), who may ask (grpc.test.ts,
 * gateway.test.ts, door.test.ts), no numbers near money (money.test.ts), crashes (killed.test.ts, worlds.test.ts).
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Ledger, open, QueryFilterFlags } from 'tallystick';
import { parseBase } from '../../packages/services/src/base/ids.ts';
import { PaymentRoutes } from '../../packages/services/src/http/routes.ts';
import { routes } from '../../packages/services/src/http/table.ts';
import { audit, MemoryRecords, type Payments } from '../../packages/services/src/index.ts';
import { Tenants } from '../../packages/services/src/payments/tenants.ts';
import { payout, sepa } from '../../packages/services/test/banks.ts';

const EUR = { asset: 'EUR' } as const;
const controls = {
  fx: { pairs: [{ sell: 'EUR', buy: 'USD', rate: '1.1' }] },
  review: [{ asset: 'EUR', kind: 'customer', from: '500.00' }],
} as const;
let ledger: Ledger;
let paths: PaymentRoutes;
let payments: Payments;

before(async () => {
  ledger = await open(':memory:');
  const tenants = new Tenants(ledger, { controls, records: new MemoryRecords(), railsOf: () => [sepa] });
  paths = new PaymentRoutes(tenants);
  payments = await tenants.opened(0);
  for (const asset of ['EUR', 'USD', 'JPY', 'KWD', 'BTC', 'ETH']) {
    for (const [name, kind] of [
      ['bank', 'bank'],
      ['alice', 'customer'],
      ['shop', 'merchant'],
    ] as const) {
      await payments.openAccount({ name, kind, asset });
    }
  }
  await payments.pay('opening', { from: 'bank', to: 'alice', amount: '5000.00', ...EUR });
});
after(() => ledger.close());

async function post(path: string, key: string, body: object, subject = 'maria') {
  const asker = { ledger, tenant: 0, mayRead: true, mayWrite: true, mayAdmin: true, caller: { subject } };
  const query = new URLSearchParams();
  const { status, body: told } = await paths.answer({
    ...asker,
    method: 'POST',
    path: `/v1/payments${path}`,
    query,
    key,
    body,
  });
  return { status, told: told as { readonly id: string; readonly payment: string; readonly quote?: string } };
}

test('1: payments never reach the ledger: for every path that moves money, a success has its transfers there', async () => {
  const toShop = { from: 'alice', to: 'shop', ...EUR };
  const [hold, other] = [
    await post('/holds', 'h', { ...toShop, amount: '9.00' }),
    await post('/holds', 'h2', { ...toShop, amount: '9.00' }),
  ];
  const paid = await post('', 'p', { ...toShop, amount: '5.00' });
  const second = await post('', 'p2', { ...toShop, amount: '5.00' });
  const { told } = await post('/quotes', 'q', { sell: 'EUR', buy: 'USD', amount: '1.00' });
  const waits = await post('', 'w', { ...toShop, amount: '600.00' });
  const refused = await post('', 'w2', { ...toShop, amount: '600.00' });
  const away = await post('/payouts', 'o', payout('Bob', '5.00'));
  const about = ({ told: { payment } }: typeof paid): string => `/${payment}`;
  const asked: { readonly [path: string]: () => ReturnType<typeof post> } = {
    '': async () => paid,
    '/holds': async () => hold,
    '/splits': () =>
      post('/splits', 's', { amount: '1.00', from: [{ account: 'alice' }], to: [{ account: 'shop' }], ...EUR }),
    '/exchanges': () => post('/exchanges', 'x', { quote: told.quote, from: 'alice', to: 'alice' }),
    '/payouts': async () => away,
    '/payouts/{payout}/cancellation': () => post(`/payouts/${away.told.id}/cancellation`, 'k', {}),
    '/{payment}/captures': () => post(`${about(hold)}/captures`, 'c', { amount: '4.00' }),
    '/{payment}/release': () => post(`${about(other)}/release`, 'l', {}),
    '/{payment}/refunds': () => post(`${about(paid)}/refunds`, 'r', { amount: '1.00' }),
    '/{payment}/reversal': () => post(`${about(second)}/reversal`, 'v', {}),
    '/{payment}/approval': () => post(`${about(waits)}/approval`, 'a', {}, 'jan'),
    '/{payment}/rejection': () => post(`${about(refused)}/rejection`, 'b', {}, 'jan'),
  };
  // What a bank has booked is no payment, and its entries are looked at in bank-entries.test.ts.
  const booked = ['/statements', '/unmatched/{entry}/assignment'];
  const nothing = ['/bulk', '/quotes', '/accounts', '/screening', '/screening/reload', ...booked];
  const rows = routes.filter(({ method, path }) => method === 'POST' && !path.startsWith('/webhooks'));
  assert.deepEqual(rows.map(({ path }) => path).sort(), [...Object.keys(asked), ...nothing].sort());
  // These answer with no id of their own: what they leave is newer than all that was there.
  const unnamed = ['/{payment}/approval', '/{payment}/rejection', '/payouts/{payout}/cancellation'];
  for (const [path, ask] of Object.entries(asked)) {
    const [newest] = await ledger.queryTransfers({ limit: 1, flags: QueryFilterFlags.reversed });
    const { status, told: answer } = await ask();
    assert.ok(status < 300, `${path}: ${status} ${JSON.stringify(answer)}`);
    const payment = parseBase('pay', answer.payment, 'payment');
    const found = await ledger.queryTransfers({ user_data_128: payment, limit: 100 });
    const own = answer.id === undefined ? payment : BigInt(`0x${answer.id.slice(4)}`) << 8n;
    assert.ok(
      found.some(({ id, timestamp }) =>
        unnamed.includes(path) ? timestamp > newest!.timestamp : id > own && id < own + 255n,
      ),
      `${path} left no transfer`,
    );
  }
});

test('2: amounts x 10^decimals: what is paid is what the ledger has, in every scale', async () => {
  const golden = [
    ['JPY', '1250', 1250n],
    ['USD', '12.50', 1250n],
    ['KWD', '12.345', 12345n],
    ['BTC', '0.00000001', 1n],
    ['ETH', '1.000000000000000001', 10n ** 18n + 1n],
  ] as const;
  for (const [asset, amount, units] of golden) {
    const { told } = await post('', `golden-${asset}`, { from: 'bank', to: 'shop', asset, amount });
    const [leg] = await ledger.lookupTransfers([parseBase('pay', told.payment, 'payment') + 1n]);
    assert.equal(leg!.amount, units);
    assert.equal((await payments.account('shop', asset)).balance, amount);
  }
});

test('4, 5: broken idempotency: 64 equal and unequal bodies under one key at once are one payment', async () => {
  const before = (await audit(ledger)).payments;
  const heard = await Promise.all(
    Array.from({ length: 64 }, (_, n) =>
      post('', 'one-key', { from: 'alice', to: 'shop', amount: n % 2 === 0 ? '1.00' : '2.00', ...EUR }).then(
        ({ status, told }) => `${status < 300} ${(told as unknown as { amount: string }).amount}`,
        ({ code }: { readonly code: string }) => code,
      ),
    ),
  );
  const done = new Set(heard.filter((one) => one !== 'request_reused'));
  assert.equal(done.size, 1, [...done].join());
  assert.equal(heard.filter((one) => one === 'request_reused').length, 32);
  assert.equal((await audit(ledger)).payments, before + 1);
  assert.deepEqual((await audit(ledger)).problems, []);
});
