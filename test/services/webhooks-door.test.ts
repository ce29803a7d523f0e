/** Webhooks and screening at the door of a server, and a server that is killed while it delivers. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type PaymentEvent, verifyWebhook } from '../../packages/services/src/index.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Served } from '../support/served.ts';

const KEY = 'a key of the server, which nobody else knows';
const folder = join(temporaryFolder(), 'books');
const heard: { readonly event: PaymentEvent; readonly secret: boolean }[] = [];
let secret = '';
const receiver = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    if (secret !== '')
      heard.push({ event: verifyWebhook(request.headers, body, { secret }) as PaymentEvent, secret: true });
    response.writeHead(secret === '' ? 503 : 204).end();
  });
}).listen(0, '127.0.0.1');
await new Promise((resolve) => receiver.once('listening', resolve));
const hooks = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;

const off = ['--grpc-port', 'off', '--msgpack-port', 'off', '--metrics-port', 'off'];
const args = ['--services', 'payments', '--http-port', '0', '--webhooks-key', KEY, '--webhooks-allowed', '127.0.0.1'];
const start = (more = args): Promise<Served> => Served.start(folder, { args: [...more, ...off] });
let served = await start();
after(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await served.end();
});

interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>> & { readonly id?: string };
}

async function call(method: string, path: string, body?: object, key?: string): Promise<Answer> {
  const base = served.urls.find((url) => url.startsWith('http'));
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`${base}/v1/payments${path}`, init);
  return { status: response.status, json: (await response.json()) as Answer['json'] };
}

test('a server that is killed while it delivers loses no event, and sends none with another body', async () => {
  for (const [name, kind] of Object.entries({ bank: 'bank', alice: 'customer' })) {
    await call('POST', '/accounts', { name, asset: 'EUR', kind });
  }
  const added = await call('POST', '/webhooks', { url: hooks, after: '0', types: ['payment.paid'] }, 'mine');
  assert.deepEqual([added.status, added.json.state], [200, 'on']);
  const id = added.json.id!;
  const pays = 30;
  for (let index = 0; index < pays; index++) {
    const paid = await call('POST', '', { from: 'bank', to: 'alice', asset: 'EUR', amount: '1.00' }, `p-${index}`);
    assert.equal(paid.status, 201);
    if (index === 10) secret = String((await call('GET', `/webhooks/${id}/secret`)).json.secret);
    if (index % 10 !== 9) continue;
    await served.end('SIGKILL');
    served = await start();
  }
  const ids = (): Set<string> => new Set(heard.map(({ event }) => event.id));
  for (let tries = 0; ids().size < pays; tries++) {
    assert.ok(tries < 400, `${ids().size} of ${pays} have arrived`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const bodies = new Map(heard.map(({ event }) => [event.id, event]));
  for (const { event } of heard) assert.deepEqual(event, bodies.get(event.id));
  const page = (await call('GET', '/events?after=0')).json.events as PaymentEvent[];
  assert.deepEqual(
    page.map((event) => event.id),
    [...ids()].sort(),
  );
});

test('an endpoint is looked at, tried, its secret replaced, replayed, and removed', async () => {
  const [one] = (await call('GET', '/webhooks')).json as unknown as { readonly id: string }[];
  const { id } = one!;
  assert.deepEqual((await call('POST', `/webhooks/${id}/try`, {})).json, { delivered: true });
  const replaced = await call('POST', `/webhooks/${id}/rotation`, { overlap: 60 });
  assert.notEqual(replaced.json.secret, secret);
  const before = heard.length;
  assert.equal((await call('POST', `/webhooks/${id}/replay`, { after: '0' })).status, 200);
  for (let tries = 0; heard.length < before + 30; tries++) {
    assert.ok(tries < 400);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.deepEqual((await call('GET', `/webhooks/${id}/dead-letters`)).json, []);
  assert.deepEqual((await call('POST', `/webhooks/${id}/dead-letters`, {})).json, { delivered: 0 });
  assert.equal((await call('POST', `/webhooks/${id}/removal`, {})).status, 200);
  assert.equal((await call('GET', `/webhooks/${id}`)).status, 404);
});

test('what is wrong is refused, with the field', async () => {
  for (const [path, body, key, why] of [
    ['/webhooks', { url: 'https://10.0.0.1/' }, 'k', /private network/],
    ['/webhooks', { url: hooks, tpyes: [] }, 'k', /no field/],
    ['/webhooks', { url: hooks }, undefined, /Idempotency-Key/],
  ] as const) {
    const { status, json } = await call('POST', path, body, key);
    assert.equal(status, 400);
    assert.match(String(json.detail), why);
  }
});

test('names are screened, lists are read anew without a restart, a server without them does not start', async () => {
  const list = join(folder, '..', 'list.json');
  const rules = join(folder, '..', 'screening.json');
  const line = (name: string): string => JSON.stringify({ id: 'x', properties: { name: [name] } });
  writeFileSync(list, line('Ruslan Mirzoyev'));
  writeFileSync(rules, JSON.stringify({ lists: [{ path: list, format: 'ftm' }] }));
  await served.end();
  const more = ['--services', 'payments', '--http-port', '0', '--payments-screening', rules];
  served = await start(more);
  const pay = async (key: string, name: string): Promise<unknown> => {
    const request = { from: 'bank', to: 'alice', asset: 'EUR', amount: '1.00', parties: [name] };
    return (await call('POST', '', request, key)).json.outcome;
  };
  assert.equal(await pay('s-1', 'Ann Smith'), 'done');
  assert.equal(await pay('s-2', 'Ruslan Mirzoev'), 'review');
  writeFileSync(list, line('Ann Smith'));
  assert.equal((await call('POST', '/screening/reload', {})).status, 200);
  assert.equal(await pay('s-3', 'Ann Smith'), 'review');
  const [hit] = (await call('POST', '/screening', { name: 'Ann Smith' })).json as unknown as { score: number }[];
  assert.equal(hit!.score, 100);
  await served.end();
  writeFileSync(list, '{"id"');
  await assert.rejects(start(more), /dataset_invalid|cannot be read/);
});

test('without a key there are no webhooks, and the rest goes on', async () => {
  await served.end();
  served = await start(['--services', 'payments', '--http-port', '0']);
  const { status, json } = await call('GET', '/webhooks');
  assert.equal(status, 404);
  assert.match(String(json.detail), /webhooks\.key/);
  assert.equal((await call('GET', '/accounts/alice?asset=EUR')).status, 200);
});
