/** The gateway at a server's doors: speed by the message, payments that are counted, invoices, and who may ask. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, open } from 'tallystick';
import { Assets } from '../../packages/services/src/base/assets.ts';
import { Gateway } from '../../packages/services/src/gateway/gateway.ts';
import { checkGateway, linesOf, type Tenant } from '../../packages/services/src/gateway/plans.ts';
import { gatewayRoutes } from '../../packages/services/src/gateway/routes.ts';
import { periodOf } from '../../packages/services/src/gateway/usage.ts';
import { Tenants } from '../../packages/services/src/payments/tenants.ts';
import { Issuer } from '../support/access.ts';
import { temporaryFolder } from '../support/folders.ts';
import { GrpcPayments, type Told } from '../support/grpc-payments.ts';
import { Served } from '../support/served.ts';

const EUR = { asset: 'EUR' } as const;
const rules = {
  plans: {
    paced: { speed: { per_second: 200, burst: 50 }, asset: 'EUR', prices: [{ each: '0.01' }] },
    tiers: {
      asset: 'EUR',
      tax: '0.19',
      prices: [{ up_to: 3, each: '0.05' }, { up_to: 5, each: '0.025' }, { each: '0.0105' }],
    },
    prepaid: { prepaid: true, asset: 'EUR', prices: [{ each: '0' }] },
  },
  tenants: [
    { number: 7, name: 'north', plan: 'tiers' },
    { number: 8, name: 'paced', plan: 'paced' },
    { number: 9, name: 'prepaid', plan: 'prepaid' },
  ],
};
const folder = temporaryFolder();
const books = join(folder, 'books');
const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
let issuer: Issuer;
let served: Served;
let root = '';
const clients: GrpcPayments[] = [];

before(async () => {
  issuer = await Issuer.make();
  const file = join(folder, 'gateway.json');
  writeFileSync(file, JSON.stringify(rules));
  const off = ['--msgpack-port', 'off', '--metrics-port', 'off', '--http-port', '0', '--grpc-port', '0'];
  const services = ['--services', 'payments,gateway', '--gateway-file', file, '--tokens-tenant-claim', 'tenant'];
  served = await Served.start(books, { args: [...services, ...off, ...issuer.flags(folder)] });
  root = `${served.urls.find((url) => url.startsWith('http'))}/v1/gateway/tenants`;
});
after(async () => {
  for (const client of clients) client.close();
  await served.end();
});

async function tenant(number: number): Promise<GrpcPayments> {
  const url = served.urls.find((one) => one.startsWith('grpc'))!;
  const client = new GrpcPayments(url, await issuer.token('write', '10m', { sub: `t${number}`, tenant: number }));
  clients.push(client);
  for (const [name, kind] of Object.entries({ bank: 'bank', alice: 'customer' })) {
    await client.call('OpenAccount', { name, kind, ...EUR });
  }
  return client;
}

interface Answer {
  readonly status: number;
  readonly json: Told;
}

async function ask(method: string, path: string, body?: object, claims: object = {}, key?: string): Promise<Answer> {
  const { role = 'admin', ...more } = claims as { readonly role?: string };
  const token = await issuer.token(role, '10m', { tenant: 'operator', ...more });
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  if (key !== undefined) headers['idempotency-key'] = key;
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(root + path, init);
  return { status: response.status, json: (await response.json()) as Told };
}

const wish = (key: string, amount = '1.00'): object => ({ key, from: 'bank', to: 'alice', amount, ...EUR });
const THIS_MONTH = new Date().toISOString().slice(0, 7);

test('messages of a stream are limited one by one, whichever stream they come by', async () => {
  const paced = await tenant(8);
  const [one, other] = [paced.submit(), paced.submit()];
  const began = performance.now();
  for (let n = 0; n < 400; n++) (n % 2 === 0 ? one : other).send({ id: n, pay: wish(`paced-${n}`) });
  const replies = [...(await one.end()), ...(await other.end())] as readonly {
    readonly pay?: Told;
    readonly error?: Told;
  }[];
  const seconds = (performance.now() - began) / 1000;
  const done = replies.filter(({ pay }) => pay?.outcome === 'done').length;
  const refused = replies.filter(({ error }) => error?.code === 'lane_full');
  assert.equal(done + refused.length, 400);
  assert.ok(refused.length > 0 && refused.every(({ error }) => Number(error!.retry_after_ms) > 0));
  // What is there at once, and what comes with the time.
  assert.ok(done <= 50 + 200 * (seconds + 0.6), `${done} in ${seconds} s`);
  const used = await ask('GET', '/8');
  assert.equal(used.json.used, String(done), 'what was refused is not counted');
});

test('quotas and bills are those of a count over the export', async () => {
  const north = await tenant(7);
  let made = 0;
  for (let n = 0; n < 12; n++) {
    // Some are refused, some are asked for twice: neither is a payment more.
    const receipt = await north.call(
      'Pay',
      n % 4 === 3 ? { ...wish(`n${n}`), from: 'alice', to: 'bank', amount: '900.00' } : wish(`n${n}`),
    );
    if (receipt.outcome === 'done') made++;
    await north.call(
      'Pay',
      n % 4 === 3 ? { ...wish(`n${n}`), from: 'alice', to: 'bank', amount: '900.00' } : wish(`n${n}`),
    );
  }
  const { payment } = await north.call('Hold', { ...wish('h'), from: 'alice', to: 'bank' });
  await north.call('Capture', { key: 'c', payment });
  const exported = execFileSync(process.execPath, [main, 'export', served.address], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, TALLYSTICK_TOKEN: await issuer.token('admin', '10m', { tenant: 'operator' }) },
  });
  // A second implementation: lines of text, counted.
  const metered = exported.split('\n').filter((line) => {
    if (line === '') return false;
    const { transfer } = JSON.parse(line) as { readonly transfer?: { readonly ledger: number; readonly code: number } };
    return transfer !== undefined && transfer.ledger === 7 * 4096 + 4003 && transfer.code === 951;
  });
  assert.equal(metered.length, made + 1);
  const usage = await ask('GET', `/7/usage?period=${THIS_MONTH}`);
  assert.deepEqual(usage.json, { tenant: 7, period: THIS_MONTH, payments: String(metered.length) });
  assert.equal((await ask('GET', '/7')).json.used, String(metered.length));
});

test('who has paid for three payments makes three', async () => {
  const prepaid = await tenant(9);
  assert.equal((await prepaid.call('Pay', wish('early'))).code, 'quota_used_up');
  const grant = (key: string): Promise<Answer> => ask('POST', '/9/grants', { payments: 3 }, {}, key);
  assert.deepEqual([(await grant('g')).status, (await grant('g')).status], [201, 200]);
  const many = await Promise.all(Array.from({ length: 8 }, (_, n) => prepaid.call('Pay', wish(`p${n}`))));
  assert.equal(many.filter(({ outcome }) => outcome === 'done').length, 3);
  assert.ok(
    many.every(({ outcome, code, status }) => outcome === 'done' || (code === 'quota_used_up' && status === 402)),
  );
  const dry = await prepaid.call('Pay', { ...wish('dry'), dry_run: true });
  assert.deepEqual([dry.would, dry.code], ['refused', 'quota_used_up']);
  assert.equal((await ask('GET', '/9')).json.left, '0');
});

test('a tenant that is suspended makes no payment, ends what it began, and goes on afterwards', async () => {
  const north = await tenant(7);
  const { payment } = await north.call('Hold', { ...wish('open'), from: 'alice', to: 'bank' });
  for (const round of [1, 2]) {
    assert.equal((await ask('POST', '/7/suspension', {})).json.state, 'suspended');
    const refused = await north.call('Pay', wish(`suspended-${round}`));
    assert.deepEqual([refused.code, refused.status], ['tenant_suspended', 403]);
    assert.equal((await north.call('Pay', { ...wish('dry'), dry_run: true })).code, 'tenant_suspended');
    if (round === 1) assert.equal((await north.call('Capture', { key: 'ends', payment })).outcome, 'done');
    assert.equal((await ask('POST', '/7/resumption', {})).json.state, 'active');
    assert.equal((await north.call('Pay', wish(`resumed-${round}`))).outcome, 'done');
  }
});

test('every path x every kind of caller', async () => {
  const paths = gatewayRoutes.map(
    ({ method, path }) => [method, path.replace('{tenant}', '7').replace('{period}', '2026-01')] as const,
  );
  assert.equal(paths.length, 11);
  for (const [method, path] of paths) {
    const body = method === 'POST' ? {} : undefined;
    for (const claims of [{ role: 'write' }, { role: 'admin', tenant: 8 }]) {
      const { status } = await ask(method, path, body, claims);
      assert.equal(status, 403, `${method} ${path} ${JSON.stringify(claims)}`);
    }
    const own = await ask(method, path, body, { role: 'read', tenant: 7 });
    assert.equal(own.status === 403, method === 'POST' || path === '', `${method} ${path} by the tenant itself`);
    const { status } = await fetch(root + path, {
      method,
      ...(body && { body: '{}', headers: { 'content-type': 'application/json' } }),
    });
    assert.equal(status, 401, `${method} ${path} by a stranger`);
  }
  assert.equal((await ask('GET', '/77')).status, 404);
  assert.equal((await ask('POST', '/7/invoices', { period: THIS_MONTH })).status, 400, 'a month that goes on');
  assert.equal((await ask('POST', '/7/invoices', { period: '2026-13' })).status, 400);
  const stranger = await issuer.token('write', '10m', { tenant: 4000 });
  const nobody = new GrpcPayments(served.urls.find((url) => url.startsWith('grpc'))!, stranger);
  clients.push(nobody);
  await assert.rejects(nobody.call('Pay', wish('x')), { code: 'forbidden' });
});

test('an invoice is made after the month, and split where the price changes', async () => {
  const ledger = await open(':memory:');
  const assets = new Assets();
  const tenants = checkGateway(rules, assets);
  const clock = { now: BigInt(Date.now()) * 1_000_000n };
  const gateway = new Gateway(ledger, { tenants, assets, now: () => clock.now });
  const north = await new Tenants(ledger, {}, gateway).opened(7);
  for (const [name, kind] of Object.entries({ bank: 'bank', alice: 'customer' })) {
    await north.openAccount({ name, kind: kind as 'bank', ...EUR });
  }
  for (let n = 0; n < 8; n++) await north.pay(`k${n}`, { from: 'bank', to: 'alice', amount: '1.00', ...EUR });
  const now = new Date();
  const last = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 7);
  const empty = await gateway.invoice(7, periodOf(last));
  assert.deepEqual([empty.payments, empty.total, empty.again], ['0', '0.00', false]);
  await assert.rejects(gateway.invoice(7, periodOf(THIS_MONTH)), { code: 'invalid_argument' });
  const [seven] = tenants as [Tenant];
  // 3 x 0.05, 2 x 0.025, 3 x 0.0105 = 0.0315
  const lines = linesOf(8n, seven.plan).map(({ units, amount }) => [units, amount]);
  assert.deepEqual(lines, [
    [3n, 15n],
    [2n, 5n],
    [3n, 3n],
  ]);
  await ledger.close();
});

test('what is owed can be paid or taken back, and no more', async () => {
  const ledger = await open(':memory:');
  const assets = new Assets();
  const price = {
    plans: { flat: { asset: 'EUR', tax: '0.2', prices: [{ each: '1' }] } },
    tenants: [{ number: 7, name: 'n', plan: 'flat' }],
  };
  const gateway = new Gateway(ledger, { tenants: checkGateway(price, assets), assets, now: () => 0n });
  const { Invoices } = await import('../../packages/services/src/gateway/invoices.ts');
  const { Books } = await import('../../packages/services/src/base/books.ts');
  const [seven] = checkGateway(price, assets) as [Tenant];
  const invoices = new Invoices(ledger, new Books(0, assets));
  const made = await invoices.make(seven, periodOf('2026-01'), 10n);
  assert.deepEqual([made.net, made.tax, made.total, made.open, made.again], ['10.00', '2.00', '12.00', '12.00', false]);
  const again = await invoices.make(seven, periodOf('2026-01'), 99n);
  assert.deepEqual([again.total, again.again], ['12.00', true], 'an invoice never changes');
  const settle = (key: string, amount: string, how: 'paid' | 'credited') =>
    gateway.settle(7, '2026-01', key, amount, how);
  assert.deepEqual(await settle('a', '7.00', 'paid'), { outcome: 'done', again: false });
  assert.deepEqual(await settle('a', '7.00', 'paid'), { outcome: 'done', again: true });
  const over = await settle('b', '5.01', 'credited');
  assert.equal(over.outcome === 'refused' && over.code, 'exceeds_invoice');
  await Promise.all(Array.from({ length: 9 }, (_, n) => settle(`c${n}`, '1.00', 'paid')));
  assert.deepEqual(
    (await gateway.invoices(7)).map(({ settled, open }) => [settled, open]),
    [['12.00', '0.00']],
  );
  await assert.rejects(
    settle('d', '1.00', 'paid').then(() => gateway.settle(7, '2026-02', 'd', '1.00', 'paid')),
    { code: 'not_found' },
  );
  await ledger.close();
});

test('the server counts over connect as it does inside', async () => {
  const token = await issuer.token('admin', '10m', { tenant: 'operator' });
  const ledger = await connect(served.address, { token });
  const assets = new Assets();
  const gateway = new Gateway(ledger, { tenants: checkGateway(rules, assets), assets, now: () => 0n });
  const { payments } = await gateway.usage(7, periodOf(THIS_MONTH));
  assert.equal(payments, (await gateway.tenant(7)).used);
  await ledger.close();
});
