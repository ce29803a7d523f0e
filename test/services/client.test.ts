/** The typed client: the words of payments in process, over HTTP; and every answer is what its document says. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkObject, type Shape } from '../../packages/services/src/base/shape.ts';
import { PaymentsClient, PaymentsError } from '../../packages/services/src/client/index.ts';
import { answerShapes } from '../../packages/services/src/http/answers.ts';
import { paymentsOpenApi } from '../../packages/services/src/http/openapi.ts';
import { routes } from '../../packages/services/src/http/table.ts';
import { MemoryRecords, Payments } from '../../packages/services/src/index.ts';
import { railAnswers } from '../../packages/services/src/rails/shapes.ts';
import { screeningAnswers } from '../../packages/services/src/screening/shapes.ts';
import { webhookAnswers } from '../../packages/services/src/webhooks/shapes.ts';
import { embedded } from '../../packages/services/test/ledgers.ts';
import { Issuer } from '../support/access.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Served } from '../support/served.ts';

const EUR = { asset: 'EUR' } as const;
const rules = {
  review: [{ kind: 'customer', from: '200.00', ...EUR }],
  fx: { pairs: [{ sell: 'EUR', buy: 'USD', rate: '1.1', margin: '0.01' }] },
} as const;
const folder = temporaryFolder();
let issuer: Issuer;
let served: Served;
let port = 0;

async function start(): Promise<Served> {
  const controls = join(folder, 'controls.json');
  writeFileSync(controls, JSON.stringify(rules));
  const off = ['--grpc-port', 'off', '--msgpack-port', 'off', '--metrics-port', 'off'];
  const services = ['--services', 'payments', '--payments-controls', controls, '--http-port', `${port}`];
  const args = [...services, ...off, ...issuer.flags(folder)];
  const started = await Served.start(join(folder, 'books'), { args });
  port = Number(new URL(started.urls.find((url) => url.startsWith('http'))!).port);
  return started;
}

/** Words that say which path an answer came from: `POST /{payment}/captures 201`. */
const seen = new Map<string, Set<string>>();

/** Looks at every answer that the client gets, and holds it to the document. */
const watching: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const path = new URL(String(input)).pathname.slice('/v1/payments'.length);
  const parts = path.split('/').slice(1);
  const route = routes.find(({ method, path: own }) => {
    const pattern = own.split('/').slice(1);
    const fits = pattern.length === parts.length && pattern.every((part, at) => part[0] === '{' || part === parts[at]);
    return method === init?.method && fits && (own[1] !== '{' || path.startsWith('/pay_'));
  });
  assert.ok(route !== undefined, `${init?.method} ${path} is no row`);
  const body: unknown = await response.clone().json();
  const names = response.status < 300 ? route.answers[response.status] : (['Refused'] as const);
  assert.ok(names !== undefined, `${route.path} answers ${response.status}, which its row does not say`);
  const isRefusal = (body as { readonly type?: string }).type?.startsWith('urn:tallystick:payment:') === true;
  for (const one of Array.isArray(body) ? body : [body]) {
    if (response.status >= 300 && !isRefusal) continue;
    const fitting = names.filter((name) => fitsShape(answerShapes[name], one));
    assert.ok(fitting.length > 0, `${JSON.stringify(one)} is none of ${names}`);
    for (const name of fitting) seen.set(name, (seen.get(name) ?? new Set()).add(route.path));
  }
  return response;
};

function fitsShape(shape: Shape, value: unknown): boolean {
  try {
    checkObject(shape, value, 'answer');
    return true;
  } catch {
    return false;
  }
}

const as = async (sub: string, more: object = {}): Promise<PaymentsClient> => {
  const token = await issuer.token('write', '10m', { sub });
  return new PaymentsClient(`http://127.0.0.1:${port}/`, { token: () => token, fetch: watching, ...more });
};

before(async () => {
  issuer = await Issuer.make();
  served = await start();
});
after(() => served.end());

type Teller = Pick<Payments, 'pay' | 'hold' | 'capture' | 'release' | 'refund' | 'reverse' | 'split' | 'bulk'> &
  Pick<
    Payments,
    'quote' | 'exchange' | 'openAccount' | 'account' | 'approve' | 'reject' | 'waiting' | 'limits' | 'payment'
  >;

/** A story that uses every verb; what was heard, without times. */
async function story(maria: Teller, jan: Teller): Promise<string> {
  const heard: unknown[] = [];
  const hear = async <T>(answer: Promise<T>): Promise<T> => {
    const told = await answer;
    heard.push(told);
    return told;
  };
  for (const [name, kind] of [
    ['bank', 'bank'],
    ['alice', 'customer'],
    ['shop', 'merchant'],
  ] as const) {
    await hear(maria.openAccount({ name, kind, ...EUR }));
  }
  await hear(maria.pay('in', { from: 'bank', to: 'alice', amount: '1000.00', ...EUR }));
  await hear(maria.pay('in', { from: 'bank', to: 'alice', amount: '1000.00', ...EUR }));
  const toShop = { from: 'alice', to: 'shop', ...EUR };
  const { payment } = (await hear(maria.hold('h', { ...toShop, amount: '100.00' }))) as { readonly payment: string };
  await hear(maria.capture('c', { payment, amount: '60.00', more: true }));
  await hear(maria.release('l', { payment }));
  await hear(maria.refund('r', { payment, amount: '5.00' }));
  await hear(maria.reverse('v', { payment }));
  await hear(maria.split('s', { amount: '1.00', from: [{ account: 'alice' }], to: [{ account: 'shop' }], ...EUR }));
  await hear(maria.pay('rich', { ...toShop, amount: '199000.00', dry_run: true }));
  const waits = (await hear(maria.pay('large', { ...toShop, amount: '300.00' }))) as { readonly payment: string };
  await hear(jan.waiting('EUR'));
  await hear(maria.payment(waits.payment));
  await hear(jan.approve(waits.payment));
  const other = (await hear(maria.pay('other', { ...toShop, amount: '250.00' }))) as { readonly payment: string };
  await hear(jan.reject(other.payment));
  const list = ['1.00', '210.00', '199.99', '199.98'].map((amount, n) => ({ ...toShop, amount, key: `b${n}` }));
  await hear(maria.bulk({ mode: 'independent', payments: list }));
  const poor = { from: 'shop', to: 'alice', ...EUR };
  const two = ['900.00', '1.00'].map((amount, n) => ({ ...poor, amount, key: `s${n}` }));
  await hear(maria.bulk({ mode: 'stop', payments: two }));
  const refused = (await hear(maria.pay('poor', { ...poor, amount: '900.00' }))) as { readonly payment: string };
  await hear(maria.payment(refused.payment));
  await hear(maria.openAccount({ name: 'alice', kind: 'customer', asset: 'USD' }));
  const { quote } = await maria.quote('q', { sell: 'EUR', buy: 'USD', amount: '10.00' });
  await hear(maria.exchange('x', { quote, from: 'alice', to: 'alice' }));
  await hear(maria.limits('alice', 'EUR'));
  await hear(maria.account('alice', 'EUR'));
  return JSON.stringify(heard, (name, value: unknown) => (name === 'at' || name === 'created_at' ? '…' : value), 1);
}

test('the client hears, verb by verb, what is heard in process', async () => {
  const ledger = await embedded.open();
  const payments = new Payments(ledger, { records: new MemoryRecords(), controls: rules });
  const inProcess = await story(payments.as('maria'), payments.as('jan'));
  assert.equal(await story(await as('maria'), await as('jan')), inProcess);
  await ledger.close();
  // Webhooks, screening and payouts have tests of their own.
  const known = (name: string): boolean =>
    seen.has(name) || name === 'Limit' || name in webhookAnswers || name in screeningAnswers || name in railAnswers;
  const unseen = Object.keys(answerShapes).filter((name) => !known(name));
  assert.deepEqual(unseen, [], 'every answer of the document was given');
});

test('what was not done is thrown with its code, and says whether it may have been', async () => {
  const maria = await as('maria');
  const wish = { from: 'alice', to: 'shop', amount: '1.00', ...EUR };
  await maria.pay('once', wish);
  const reused = maria.pay('once', { ...wish, amount: '2.00' });
  await assert.rejects(reused, { name: 'PaymentsError', code: 'request_reused', status: 422, isUnknown: false });
  await assert.rejects(maria.payment(`pay_${'0'.repeat(30)}`), { code: 'not_found', status: 404 });
  const stranger = new PaymentsClient(`http://127.0.0.1:${port}`, { retries: 0 });
  await assert.rejects(stranger.account('alice', 'EUR'), { code: 'unauthenticated', status: 401 });
  const nowhere = new PaymentsClient('http://127.0.0.1:9', { retries: 1 });
  const lost = (error: unknown): boolean =>
    error instanceof PaymentsError && error.code === 'connection_lost' && error.isUnknown;
  await assert.rejects(nowhere.account('alice', 'EUR'), lost);
});

test('a server that is killed between request and answer: each key is done once, and the client hears so', async () => {
  const maria = await as('maria', { retries: 12 });
  const before = Number((await maria.account('shop', 'EUR')).balance);
  let killed: Promise<void> | undefined;
  const receipts = await Promise.all(
    Array.from({ length: 60 }, async (_, n) => {
      const receipt = await maria.pay(`killed-${n}`, { from: 'bank', to: 'shop', amount: '0.25', ...EUR });
      killed ??= served.end('SIGKILL').then(async () => {
        served = await start();
      });
      return receipt;
    }),
  );
  await killed;
  assert.ok(receipts.every(({ outcome }) => outcome === 'done'));
  assert.equal(Number((await maria.account('shop', 'EUR')).balance), before + 15);
});

test('the document names each operation once, and only what it describes', () => {
  const text = JSON.stringify(paymentsOpenApi());
  const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
  assert.equal(ids.length, routes.length);
  assert.equal(new Set(ids).size, ids.length);
  const schemas = (paymentsOpenApi().components as { readonly schemas: object }).schemas;
  for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) assert.ok(name! in schemas, name);
});
