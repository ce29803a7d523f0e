/**
 * Payments over gRPC, called as grpc-js calls: the verbs hear what they hear over HTTP and in process; a stream answers
 * each request under its id; and each method is open to whom the table says.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PaymentsClient } from '../../packages/services/src/client/index.ts';
import { paymentMethods } from '../../packages/services/src/grpc/methods.ts';
import { routes } from '../../packages/services/src/http/table.ts';
import { MemoryRecords, Payments, refusals } from '../../packages/services/src/index.ts';
import { embedded } from '../../packages/services/test/ledgers.ts';
import { Issuer } from '../support/access.ts';
import { temporaryFolder } from '../support/folders.ts';
import { GrpcPayments, type Told } from '../support/grpc-payments.ts';
import { Served } from '../support/served.ts';

const EUR = { asset: 'EUR' } as const;
const rules = {
  limits: [{ kind: 'customer', per: 'day', amount: '900.00', ...EUR }],
  review: [{ kind: 'customer', from: '200.00', ...EUR }],
} as const;
const folder = temporaryFolder();
let issuer: Issuer;
let served: Served;
let grpcAt = '';
let httpAt = '';

before(async () => {
  issuer = await Issuer.make();
  const controls = join(folder, 'controls.json');
  writeFileSync(controls, JSON.stringify(rules));
  const off = ['--msgpack-port', 'off', '--metrics-port', 'off', '--http-port', '0', '--grpc-port', '0'];
  const claims = ['--tokens-tenant-claim', 'tenant'];
  const services = ['--services', 'payments', '--payments-controls', controls, ...claims];
  served = await Served.start(join(folder, 'books'), { args: [...services, ...off, ...issuer.flags(folder)] });
  grpcAt = served.urls.find((url) => url.startsWith('grpc'))!;
  httpAt = served.urls.find((url) => url.startsWith('http'))!;
});
after(() => served.end());

/** A tenant by a name that no file knows is a name and no more. */
const OPERATOR = { tenant: 'operator' };
const clients: GrpcPayments[] = [];
after(() => {
  for (const client of clients) client.close();
});

async function as(sub: string, role: 'read' | 'write' = 'write', claims: object = OPERATOR): Promise<GrpcPayments> {
  const client = new GrpcPayments(grpcAt, await issuer.token(role, '10m', { sub, ...claims }));
  clients.push(client);
  return client;
}

/** The same wishes, in any words: what was heard, without times and keys of one run. */
interface Teller {
  open(name: string, kind: string): Promise<unknown>;
  ask(verb: string, key: string, request: object): Promise<Told>;
}

const WISHES: readonly (readonly [verb: string, key: string, request: (payment: string) => object])[] = [
  ['pay', 'in', () => ({ from: 'bank', to: 'alice', amount: '1000.00', ...EUR })],
  ['pay', 'in', () => ({ from: 'bank', to: 'alice', amount: '1000.00', ...EUR })],
  ['pay', 'fee', () => ({ from: 'alice', to: 'shop', amount: '10.00', fee: '0.10', description: 'tea', ...EUR })],
  ['refund', 'back', (payment) => ({ payment, amount: '4.00' })],
  ['refund', 'too-much', (payment) => ({ payment, amount: '7.00' })],
  ['pay', 'poor', () => ({ from: 'shop', to: 'alice', amount: '900.00', ...EUR })],
  ['pay', 'nobody', () => ({ from: 'alice', to: 'nobody', amount: '1.00', ...EUR })],
  ['hold', 'hold', () => ({ from: 'alice', to: 'shop', amount: '50.00', ...EUR })],
  ['capture', 'part', (payment) => ({ payment, amount: '20.00', more: true })],
  ['release', 'rest', (payment) => ({ payment })],
  ['release', 'again', (payment) => ({ payment })],
  ['reverse', 'reverse', (payment) => ({ payment })],
  ['pay', 'large', () => ({ from: 'alice', to: 'shop', amount: '250.00', ...EUR })],
  ['pay', 'limit', () => ({ from: 'alice', to: 'shop', amount: '199.00', ...EUR })],
  ['pay', 'limit-2', () => ({ from: 'alice', to: 'shop', amount: '199.99', ...EUR })],
  ['pay', 'limit-3', () => ({ from: 'alice', to: 'shop', amount: '199.99', ...EUR })],
  ['pay', 'limit-4', () => ({ from: 'alice', to: 'shop', amount: '199.99', ...EUR })],
  ['pay', 'dry', () => ({ from: 'alice', to: 'shop', amount: '5000.00', dry_run: true, ...EUR })],
  ['split', 's', () => ({ amount: '1.00', from: [{ account: 'bank' }], to: [{ account: 'shop' }], ...EUR })],
  ['pay', 'in', () => ({ from: 'bank', to: 'alice', amount: '1.00', ...EUR })],
  ['pay', 'b d', () => ({ from: 'bank', to: 'alice', amount: '1.00', ...EUR })],
  ['pay', 'scale', () => ({ from: 'bank', to: 'alice', amount: '1.001', ...EUR })],
  ['refund', 'unknown', () => ({ payment: `pay_${'0'.repeat(30)}` })],
];

async function story(teller: Teller): Promise<object[]> {
  for (const [name, kind] of [
    ['bank', 'bank'],
    ['alice', 'customer'],
    ['shop', 'merchant'],
  ] as const) {
    await teller.open(name, kind);
  }
  const heard: object[] = [];
  let payment = '';
  for (const [verb, key, request] of WISHES) {
    const told = await teller.ask(verb, key, request(payment)).catch((error: { code: string }) => ({
      error: error.code,
    }));
    if ('payment' in told && (verb === 'pay' || verb === 'hold')) payment = told.payment as string;
    heard.push(told);
  }
  return heard;
}

/** Without what differs from run to run, and with the status that HTTP has. */
function lasting(told: Told): Told {
  const { at: _, status: _s, key: _k, ...rest } = told;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== false));
}

test('the same refusal, receipt and error over HTTP, over gRPC and in process', async () => {
  const ledger = await embedded.open();
  const payments = new Payments(ledger, { records: new MemoryRecords(), controls: rules }).as('maria');
  const inProcess = await story({
    open: (name, kind) => payments.openAccount({ name, kind: kind as 'bank', ...EUR }),
    ask: async (verb, key, request) => lasting({ ...(await payments.ask(verb as 'pay', key, request as never)) }),
  });
  await ledger.close();
  const maria = await as('maria');
  const overGrpc = await story({
    open: (name, kind) => maria.call('OpenAccount', { name, kind, ...EUR }),
    ask: async (verb, key, request) => {
      const name = verb[0]!.toUpperCase() + verb.slice(1);
      const told = await maria.call(name, { key, ...request });
      if (told.outcome === 'refused') {
        assert.equal(told.status, refusals[told.code as keyof typeof refusals].http, 'the status of HTTP');
      }
      return lasting(told);
    },
  });
  assert.deepEqual(overGrpc, inProcess);
  const token = await issuer.token('write', '10m', { sub: 'maria', ...OPERATOR });
  const client = new PaymentsClient(httpAt, { token, retries: 0 });
  const overHttp = await story({
    open: (name, kind) => client.openAccount({ name, kind: kind as 'bank', ...EUR }),
    ask: async (verb, key, request) => lasting({ ...(await client[verb as 'pay'](key, request as never)) }),
  });
  // Everything was done over gRPC before, under the same keys: the ledger remembers, whichever door is asked.
  const before = overGrpc.map((told) =>
    'outcome' in told && told.outcome === 'done' ? { ...told, again: true } : told,
  );
  const waits = (told: object): object =>
    'outcome' in told && told.outcome === 'review' ? { ...told, again: true } : told;
  assert.deepEqual(overHttp.map(waits), before.map(waits));
});

test('a stream answers each request under its id, refusals and errors among them', async () => {
  const maria = await as('maria');
  const stream = maria.submit();
  const wish = { from: 'bank', to: 'shop', amount: '0.01', ...EUR };
  for (let n = 0; n < 600; n++) stream.send({ id: 1000 + n, pay: { key: `stream-${n}`, ...wish } });
  stream.send({ id: 7, pay: { key: 'poor-2', ...wish, from: 'shop', to: 'bank', amount: '99999.00' } });
  stream.send({ id: 8, pay: { ...wish } });
  stream.send({ id: 9 });
  stream.send({ id: '18446744073709551615', get_account: { name: 'bank', ...EUR } });
  const replies = await stream.end();
  assert.equal(replies.length, 604);
  const byId = new Map(replies.map((reply) => [String(reply.id), reply]));
  for (let n = 0; n < 600; n++) {
    const { pay } = byId.get(String(1000 + n)) as unknown as { readonly pay: Told };
    assert.deepEqual([pay.outcome, pay.status, pay.amount], ['done', 201, '0.01']);
  }
  const part = (id: string): { readonly [field: string]: Told } => byId.get(id) as never;
  assert.deepEqual([part('7').pay!.code, part('7').pay!.status], ['insufficient_funds', 402]);
  assert.deepEqual([part('8').error!.code, part('9').error!.code], ['invalid_argument', 'frame_invalid']);
  assert.equal(part('18446744073709551615').get_account!.kind, 'bank');
});

test('a field that is unknown, or there twice, moves nothing', async () => {
  const maria = await as('maria');
  const field = (number: number, text: string): Buffer =>
    Buffer.concat([Buffer.from([(number << 3) | 2, text.length]), Buffer.from(text)]);
  const words = Buffer.concat(['raw', 'bank', 'shop', 'EUR', '1.00'].map((text, index) => field(index + 1, text)));
  for (const more of [field(15, 'x'), field(5, '2.00'), Buffer.from([6 << 3, 1])]) {
    await assert.rejects(maria.raw('Pay', Buffer.concat([words, more])), { code: 'frame_invalid' });
  }
  assert.equal((await maria.raw('Pay', words)).status, 201);
});

/** By method: what a reader hears, whoever may write may do; written down a second time. */
const READS = 'GetAccount GetLimits GetWaiting GetPayment GetPayout GetUnmatched GetMessagesAside'.split(' ');
const WRITES = (
  'Quote Exchange Pay Hold Split Capture Release Refund Reverse Bulk OpenAccount Approve Reject ' +
  'Payout CancelPayout ImportStatement AssignEntry'
).split(' ');

test('every method x every kind of caller; every path of HTTP has a method', async () => {
  assert.deepEqual(paymentMethods.map(({ name }) => name).sort(), [...READS, ...WRITES].sort());
  const ours = routes.filter(({ path }) => !/^\/(webhooks|events|screening)/.test(path));
  assert.equal(paymentMethods.length, ours.length);
  const nobody = new GrpcPayments(grpcAt, undefined);
  const bad = new GrpcPayments(grpcAt, 'sesame');
  clients.push(nobody, bad);
  const callers = [
    ['a stranger', nobody, () => 'unauthenticated'],
    ['a bad token', bad, () => 'unauthenticated'],
    ['the role read', await as('rita', 'read'), (name: string) => (READS.includes(name) ? 'asked' : 'forbidden')],
    ['the role write', await as('wim'), () => 'asked'],
    ['a tenant', await as('tess', 'write', { tenant: 7 }), () => 'asked'],
  ] as const;
  for (const [who, client, row] of callers) {
    for (const name of [...READS, ...WRITES]) {
      const heard = await client.call(name, {}).then(
        () => 'asked',
        ({ code }: { readonly code: string }) => code,
      );
      // An empty request is none: whoever may ask is told so.
      const told = heard === 'invalid_argument' ? 'asked' : heard;
      assert.equal(told, row(name), `${who} asks for ${name}`);
    }
  }
});

test('tenants pay from accounts of their own, and find nothing of others', async () => {
  const [seven, nine] = [await as('tess', 'write', { tenant: 7 }), await as('nils', 'write', { tenant: 9 })];
  const wish = { from: 'bank', to: 'alice', amount: '5.00', ...EUR };
  for (const tenant of [seven, nine]) {
    await tenant.call('OpenAccount', { name: 'bank', kind: 'bank', ...EUR });
    await tenant.call('OpenAccount', { name: 'alice', kind: 'customer', ...EUR });
  }
  const paid = await seven.call('Pay', { key: 'in', ...wish });
  assert.deepEqual([paid.outcome, paid.again ?? false], ['done', false], 'a key of another tenant is another key');
  assert.equal((await nine.call('GetAccount', { name: 'alice', ...EUR })).balance, '0.00');
  const missing = await nine.call('GetPayment', { payment: `pay_${'0'.repeat(30)}` }).catch((error: object) => error);
  const foreign = await nine.call('GetPayment', { payment: paid.payment }).catch((error: object) => error);
  const words = (error: object): string => String((error as Error).message).replace(/pay_[0-9a-f]+/, '…');
  assert.equal(words(foreign), words(missing), 'what is foreign answers as what does not exist');
  const refused = await seven.call('Pay', { key: 'rich', ...wish, from: 'alice', to: 'bank', amount: '50.00' });
  assert.equal(refused.code, 'insufficient_funds');
  const hidden = await nine.call('GetPayment', { payment: refused.payment }).catch((error: object) => error);
  assert.equal(words(hidden), words(missing), 'and so does what was refused to somebody else');
});
