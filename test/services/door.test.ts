/** The paths of payments at the HTTP door of a server: what is answered, what is refused, and who may ask. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LmdbRecords, refusals } from '../../packages/services/src/index.ts';
import { Issuer } from '../support/access.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Served } from '../support/served.ts';

const folder = temporaryFolder();
const readers = temporaryFolder();
const TOKEN = 'a-token-of-a-reader';
let served: Served;
let base: string;

const start = (where: string, ...more: string[]): Promise<Served> => {
  const args = ['--services', 'payments', '--http-port', '0', '--grpc-port', 'off', '--msgpack-port', 'off'];
  return Served.start(where, { args: [...args, '--metrics-port', 'off', ...more] });
};
const baseOf = (one: Served): string => {
  const url = one.urls.find((each) => each.startsWith('http'));
  return `${url}/v1/payments`;
};

before(async () => {
  served = await start(folder);
  base = baseOf(served);
  for (const [name, kind] of Object.entries({ bank: 'bank', alice: 'customer', shop: 'merchant' })) {
    assert.equal((await call('POST', '/accounts', { name, asset: 'EUR', kind })).status, 200);
  }
  assert.equal((await pay('opening', { from: 'bank', to: 'alice', amount: '100.00' })).status, 201);
});
after(() => served.end());

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly json: Readonly<Record<string, string>>;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
  at = base,
): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const json = text === undefined ? {} : { 'content-type': 'application/json' };
  const init = { method, headers: { ...json, ...headers }, ...(text === undefined ? {} : { body: text as string }) };
  const response = await fetch(at + path, init);
  const type = response.headers.get('content-type');
  return { status: response.status, type, json: (await response.json()) as Answer['json'] };
}

const keyed = (key: string): Record<string, string> => ({ 'idempotency-key': key });
const pay = (key: string, body: object): Promise<Answer> => call('POST', '', { asset: 'EUR', ...body }, keyed(key));

test('a payment is 201, the same again 200 with the same body, and another under its key 422', async () => {
  const words = { from: 'alice', to: 'shop', amount: '10.00' };
  const first = await pay('first', words);
  assert.deepEqual([first.status, first.type], [201, 'application/json']);
  const again = await pay('first', words);
  assert.equal(again.status, 200);
  assert.deepEqual(again.json, first.json);
  const other = await pay('first', { ...words, amount: '11.00' });
  assert.deepEqual([other.status, other.type, other.json.code], [422, 'application/problem+json', 'request_reused']);
  const seen = await call('GET', `/${first.json.payment}`);
  assert.deepEqual([seen.status, seen.json.status, seen.json.paid], [200, 'paid', '10.00']);
});

test('every verb has its path', async () => {
  const held = await call('POST', '/holds', { from: 'alice', to: 'shop', asset: 'EUR', amount: '20.00' }, keyed('h'));
  const about = `/${held.json.payment}`;
  const captured = await call('POST', `${about}/captures`, { amount: '5.00', more: true }, keyed('c'));
  assert.deepEqual([captured.status, captured.json.held], [201, '15.00']);
  assert.equal((await call('POST', `${about}/release`, {}, keyed('rel'))).status, 201);
  assert.equal((await call('POST', `${about}/refunds`, { amount: '1.00' }, keyed('ref'))).status, 201);
  const late = await call('POST', `${about}/reversal`, {}, keyed('rev'));
  assert.deepEqual([late.status, late.json.code], [409, 'refund_exceeds_payment']);
  const parts = { from: [{ account: 'alice' }], to: [{ account: 'shop', portion: '1/2' }, { account: 'bank' }] };
  const split = await call('POST', '/splits', { asset: 'EUR', amount: '1.01', ...parts }, keyed('s'));
  assert.equal(split.status, 201);
  const dry = await call('POST', '', { from: 'alice', to: 'shop', asset: 'EUR', amount: '9999.00', dry_run: true });
  assert.deepEqual([dry.status, dry.json.would, dry.json.code], [200, 'refused', 'insufficient_funds']);
});

test('a refusal is a problem with the status, the code and the next step of the catalogue, also after a restart', async () => {
  const words = { from: 'alice', to: 'shop', amount: '5000.00' };
  const first = await pay('rich', words);
  const { http, about, next, retry } = refusals.insufficient_funds;
  assert.equal(first.status, http);
  const { json } = first;
  assert.deepEqual([json.code, json.detail, json.next, json.retry], ['insufficient_funds', about, next, retry]);
  await served.end();
  served = await start(folder);
  base = baseOf(served);
  assert.deepEqual(await pay('rich', words), first);
  const seen = await call('GET', `/${json.id}`);
  assert.equal(seen.json.code, 'insufficient_funds');
});

test('what cannot be is refused by name, and moves nothing', async () => {
  const words = { from: 'alice', to: 'shop', asset: 'EUR', amount: '1.00' };
  const before = (await call('GET', '/accounts/alice?asset=EUR')).json.balance;
  const bad: readonly [number, string, string, unknown, Record<string, string>?][] = [
    [400, 'POST', '', words],
    [400, 'POST', '', { ...words, amout: '1.00' }, keyed('b')],
    [400, 'POST', '', { ...words, amount: 1 }, keyed('b')],
    [400, 'POST', '', '{"from":"alice","from":"bank","to":"shop","asset":"EUR","amount":"1.00"}', keyed('b')],
    [400, 'POST', '', '[1', keyed('b')],
    [400, 'POST', '', words, keyed('a key')],
    [400, 'POST', '?x=1', words, keyed('b')],
    [415, 'POST', '', words, { ...keyed('b'), 'content-type': 'text/plain' }],
    [405, 'GET', '', undefined],
    [405, 'GET', '/holds', undefined],
    [404, 'POST', '/pay_0/x', {}, keyed('b')],
    [400, 'POST', '/pay_0/refunds', {}, keyed('b')],
    [404, 'POST', `/pay_${'0'.repeat(30)}/refunds`, {}, keyed('b')],
    [404, 'GET', '/accounts/nobody?asset=EUR', undefined],
    [400, 'GET', '/accounts/alice', undefined],
    [400, 'GET', '/accounts/alice?asset=EUR&asset=USD', undefined],
  ];
  for (const [status, method, path, body, headers] of bad) {
    const answer = await call(method, path, body, headers);
    assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.json)}`);
    assert.equal(answer.type, 'application/problem+json');
  }
  assert.equal((await call('GET', '/accounts/alice?asset=EUR')).json.balance, before);
});

test('whoever may only read makes no payment, and nothing is begun for later', async () => {
  const reader = await start(readers, '--tokens-static', TOKEN, '--tokens-static-role', 'read');
  const at = baseOf(reader);
  const known = { authorization: `Bearer ${TOKEN}` };
  try {
    const words = { name: 'alice', asset: 'EUR', kind: 'customer' };
    assert.equal((await call('POST', '/accounts', words, {}, at)).status, 401);
    assert.equal((await call('POST', '/accounts', words, known, at)).status, 403);
    const money = { from: 'bank', to: 'alice', asset: 'EUR', amount: '1.00' };
    assert.equal((await call('POST', '', money, { ...known, ...keyed('k') }, at)).status, 403);
  } finally {
    await reader.end();
  }
  const records = await LmdbRecords.open(join(readers, 'services'));
  assert.deepEqual(await records.open({ tenant: 0, kind: 'payment-request', limit: 10 }), []);
  await records.close();
});

test('a payroll of a thousand is one request, and one of a thousand and one is none', async () => {
  const list = (count: number): object[] =>
    Array.from({ length: count }, (_, n) => ({
      key: `w${n}`,
      from: 'bank',
      to: 'alice',
      asset: 'EUR',
      amount: '0.01',
    }));
  const bulk = (count: number): Promise<Answer> => call('POST', '/bulk', { mode: 'all', payments: list(count) });
  const first = (await bulk(1000)).json as unknown as readonly { readonly status: number }[];
  assert.deepEqual([first.length, new Set(first.map(({ status }) => status))], [1000, new Set([201])]);
  const again = (await bulk(1000)).json as unknown as readonly { readonly status: number }[];
  assert.deepEqual(new Set(again.map(({ status }) => status)), new Set([200]));
  assert.equal((await bulk(1001)).status, 400);
});

test('controls: a limit, an approval by another caller, and what is left are at the door', async () => {
  const place = temporaryFolder();
  const issuer = await Issuer.make();
  const rules = {
    limits: [{ kind: 'customer', asset: 'EUR', per: 'day', amount: '60.00' }],
    review: [{ asset: 'EUR', kind: 'customer', from: '50.00' }],
  };
  const file = join(place, 'controls.json');
  writeFileSync(file, JSON.stringify(rules));
  const guarded = await start(join(place, 'books'), '--payments-controls', file, ...issuer.flags(place));
  const at = baseOf(guarded);
  const as = async (sub: string): Promise<Record<string, string>> => {
    return { authorization: `Bearer ${await issuer.token('write', '10m', { sub })}` };
  };
  try {
    const [maria, jan] = [await as('maria'), await as('jan')];
    for (const [name, kind] of Object.entries({ bank: 'bank', alice: 'customer', shop: 'merchant' })) {
      assert.equal((await call('POST', '/accounts', { name, asset: 'EUR', kind }, maria, at)).status, 200);
    }
    const pay = (key: string, from: string, to: string, amount: string): Promise<Answer> =>
      call('POST', '', { from, to, asset: 'EUR', amount }, { ...maria, ...keyed(key) }, at);
    assert.equal((await pay('opening', 'bank', 'alice', '100.00')).status, 201);
    const waits = await pay('large', 'alice', 'shop', '50.00');
    assert.deepEqual([waits.status, waits.json.outcome], [202, 'review']);
    const over = await pay('over', 'alice', 'shop', '10.01');
    assert.deepEqual([over.status, over.json.code], [402, 'day_limit_exceeded']);
    const about = `/${waits.json.payment}`;
    assert.equal((await call('POST', `${about}/approval`, {}, maria, at)).status, 403);
    assert.equal((await call('POST', `${about}/approval`, { as: 'kim' }, jan, at)).status, 400);
    const queue = await call('GET', '/waiting?asset=EUR', undefined, jan, at);
    assert.deepEqual([queue.status, (queue.json as unknown as readonly object[]).length], [200, 1]);
    const approved = await call('POST', `${about}/approval`, {}, jan, at);
    assert.deepEqual([approved.status, approved.json.state], [200, 'approved']);
    assert.equal((await call('GET', about, undefined, jan, at)).json.status, 'paid');
    const [limit] = (await call('GET', '/accounts/alice/limits?asset=EUR', undefined, jan, at)).json as unknown as [
      object,
    ];
    assert.deepEqual(limit, { per: 'day', what: 'amount', most: '60.00', left: '10.00' });
  } finally {
    await guarded.end();
  }
});

test('a server whose controls cannot be read does not start', async () => {
  const place = temporaryFolder();
  const file = join(place, 'controls.json');
  writeFileSync(file, '{"limits": [{"kind": "customer", "asset": "EUR", "per": "week", "amount": "1.00"}]}');
  await assert.rejects(start(join(place, 'books'), '--payments-controls', file), /limits\[0\]\.per|ended/);
});

test('a request without a valid name of this machine is not answered, as at the door itself', async () => {
  const { port } = new URL(base);
  const status = await new Promise((resolve, reject) => {
    const asked = request({ port, path: '/v1/payments/accounts/alice?asset=EUR', headers: { host: 'evil.example' } });
    asked.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    asked.end();
  });
  assert.equal(status, 421);
});
