/** A gRPC client whose connection ends: what is sent again, what is unknown, and for how long it waits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Identity, inRole } from '../../../packages/server/src/identity/index.ts';
import type { GrpcServer } from '../../../packages/server/src/server/index.ts';
import { type ConnectOptions, connect, connectGrpc, type RemoteLedger } from '../../../src/client/index.ts';
import { CreateTransferStatus, Operation, TallystickError } from '../../../src/model/index.ts';
import { FakePort, resultsOf, type Sent } from '../../../testing/ports/fake-port.ts';
import { grpcAddress, grpcServers } from '../../support/grpc-servers.ts';
import { until } from '../../support/native-servers.ts';

const { serve, connected } = grpcServers();
const created = ({ count }: Sent): Uint8Array => resultsOf(count, CreateTransferStatus.created);
const answered = (sent: Sent): Uint8Array =>
  sent.operation === Operation.create_transfers ? created(sent) : new Uint8Array(0);
const transfer = (id: bigint) => ({ id, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 });
const ids = ({ sent }: FakePort): bigint[] => sent.map(({ cells }) => cells.view.getBigUint64(0, true));

/** One that takes everything and answers nothing. */
function silent(): FakePort {
  const port = new FakePort();
  port.answer = () => new Promise(() => {});
  return port;
}

/** Its connections end, whatever they were doing. */
const cut = (server: GrpcServer): Promise<void> => server.drain(0);

/** A client whose create a server has taken when it is cut. */
async function leftWaiting(options: ConnectOptions): Promise<{ ledger: RemoteLedger; sent: Promise<unknown> }> {
  const port = silent();
  const server = await serve(port);
  const ledger = await connected(server, options);
  const sent = ledger.createTransfers([transfer(1n)]);
  sent.catch(() => {});
  await until(() => port.sent.length === 1);
  await cut(server);
  await sleep(5);
  return { ledger, sent };
}

async function cutOff(
  options: ConnectOptions,
): Promise<{ creates: Promise<unknown>[]; lookup: Promise<unknown>; later: FakePort }> {
  const port = silent();
  const server = await serve(port);
  const { port: number } = server.address;
  const ledger = await connected(server, options);
  const creates = [1n, 2n, 3n].map((id) => ledger.createTransfers([transfer(id)]));
  const lookup = ledger.lookupAccounts([4n]);
  for (const call of [...creates, lookup]) call.catch(() => {});
  await until(() => port.sent.length === 4);
  await cut(server);
  const later = new FakePort();
  later.answer = answered;
  await serve(later, { port: number });
  return { creates, lookup, later };
}

test('a connection that breaks leaves creates unknown and reads sent again', async () => {
  const { creates, lookup, later } = await cutOff({});
  for (const create of creates) await assert.rejects(create, { code: 'connection_lost', retriable: true });
  assert.deepEqual(await lookup, []);
  assert.deepEqual(ids(later), [4n]);
});

test('with retry, creates are sent again, too, in their order', async () => {
  const { creates, lookup, later } = await cutOff({ retry: true });
  for (const create of creates)
    assert.equal(((await create) as { status: number }[])[0]!.status, CreateTransferStatus.created);
  assert.deepEqual(await lookup, []);
  assert.deepEqual(ids(later), [1n, 2n, 3n, 4n]);
});

test('when nobody comes back, calls that were sent are unknown and calls that were not are not', async () => {
  const { ledger, sent } = await leftWaiting({ retry: true, reconnectTimeoutMs: 60 });
  const later = ledger.createTransfers([transfer(2n)]);
  await assert.rejects(sent, { code: 'connection_lost' });
  await assert.rejects(later, { code: 'unreachable' });
  await assert.rejects(ledger.ping(), { code: 'unreachable' });
});

test('without retry, too, what was not sent yet waits for a server', async () => {
  const first = await serve(new FakePort());
  const { port: number } = first.address;
  const ledger = await connected(first);
  await cut(first);
  await sleep(5);
  const waiting = ledger.createTransfers([transfer(1n)]);
  await sleep(50);
  const later = new FakePort();
  later.answer = created;
  await serve(later, { port: number });
  assert.equal((await waiting)[0]!.status, CreateTransferStatus.created);
  assert.ok((await ledger.ping()) > 0);
});

test('what a server that goes down has not taken goes to the next one, if it is kept', async () => {
  const port = new FakePort();
  const answers: (() => void)[] = [];
  port.answer = (sent) => new Promise((resolve) => answers.push(() => resolve(answered(sent))));
  const server = await serve(port);
  const { port: number } = server.address;
  const ledger = await connected(server, { retry: true });
  const before = ledger.createTransfers([transfer(1n)]);
  await until(() => answers.length === 1);
  const drained = server.drain();
  await sleep(20);
  const late = ledger.createTransfers([transfer(2n)]);
  await sleep(20);
  answers[0]!();
  assert.equal((await before)[0]!.status, CreateTransferStatus.created);
  await drained;
  const next = new FakePort();
  next.answer = created;
  await serve(next, { port: number });
  assert.equal((await late)[0]!.status, CreateTransferStatus.created);
  assert.deepEqual([ids(port), ids(next)], [[1n], [2n]]);
});

test('a client that is closed does not wait for a server, and says of each call what is known', async () => {
  const { ledger, sent } = await leftWaiting({ retry: true });
  const unsent = ledger.createTransfers([transfer(2n)]);
  unsent.catch(() => {});
  await sleep(20);
  await ledger.close();
  await assert.rejects(sent, { code: 'connection_lost' });
  await assert.rejects(unsent, { code: 'closed' });
  await assert.rejects(ledger.createTransfers([transfer(3n)]), { code: 'closed' });
  await assert.rejects(ledger.ping(), { code: 'closed' });
});

/** Refuses that often before it takes anything. */
function fullFor(times: number): FakePort {
  const port = new FakePort();
  let refused = 0;
  port.answer = (sent) => {
    if (refused++ < times) return Promise.reject(new TallystickError('lane_full', 'full', { retryAfterMs: 40 }));
    return answered(sent);
  };
  return port;
}

test('with retry, what a full lane refuses is sent again when the server says', async () => {
  const port = fullFor(2);
  const ledger = await connected(await serve(port), { retry: true });
  const began = performance.now();
  assert.equal((await ledger.createTransfers([transfer(1n)]))[0]!.status, CreateTransferStatus.created);
  const took = performance.now() - began;
  assert.ok(took >= 79, `after ${took} ms`);
  assert.equal(port.sent.length, 3);
});

test('without retry the caller hears of a full lane, and when to come again', async () => {
  const ledger = await connected(await serve(fullFor(1)));
  await assert.rejects(ledger.createTransfers([transfer(1n)]), {
    code: 'lane_full',
    retriable: true,
    retryAfterMs: 40,
  });
});

test('a lane that stays full is given up in the end, and a client that is closed waits for nothing', async () => {
  const options = { retry: true, reconnectTimeoutMs: 200 };
  const server = await serve(fullFor(Number.POSITIVE_INFINITY));
  const ledger = await connectGrpc(grpcAddress(server), options);
  await assert.rejects(ledger.createTransfers([transfer(1n)]), { code: 'lane_full' });
  const last = ledger.createTransfers([transfer(1n)]);
  last.catch(() => {});
  await sleep(20);
  await ledger.close();
  await assert.rejects(last, { code: 'lane_full' });
});

test('a server that takes no token is not asked again and again', async () => {
  let asked = 0;
  const authenticator = {
    authenticate: async (): Promise<Identity> => {
      if (asked++ > 0) throw new TallystickError('unauthenticated');
      return inRole('me', 'admin', 'token');
    },
  };
  const server = await serve(new FakePort(), { authenticator });
  const { port } = server.address;
  const ledger = await connected(server, { token: async () => 'sesame', retry: true });
  await cut(server);
  await assert.rejects(
    connect(grpcAddress(await serve(new FakePort(), { authenticator, port })), { token: 'sesame' }),
    {
      code: 'unauthenticated',
    },
  );
  await assert.rejects(ledger.createTransfers([transfer(1n)]), { code: 'unauthenticated' });
  await assert.rejects(ledger.lookupAccounts([1n]), { code: 'unauthenticated' });
  assert.ok(asked <= 4, `${asked} times`);
});

test('what goes with the native protocol alone is refused by name', async () => {
  await assert.rejects(connect('grpc://127.0.0.1:1', { cluster: 1n }), {
    code: 'invalid_argument',
    message: /cluster/,
  });
});

test('a burst of many megabytes right after connecting is answered', async () => {
  const port = new FakePort();
  port.answer = created;
  const ledger = await connected(await serve(port));
  const batch = (first: number) => Array.from({ length: 8000 }, (_, at) => transfer(BigInt(first * 8000 + at)));
  const answers = await Promise.all(Array.from({ length: 25 }, (_, index) => ledger.createTransfers(batch(index))));
  assert.ok(answers.every(({ length }) => length === 8000));
});

test('a token that cannot be had any more is asked for again with pauses, and unsent calls hear why', async () => {
  const server = await serve(new FakePort());
  const broken = new Error('the issuer is away');
  let asked = 0;
  const token = async (): Promise<string> => {
    if (asked++ > 0) throw broken;
    return 'sesame';
  };
  const ledger = await connected(server, { token, reconnectTimeoutMs: 300 });
  await ledger.lookupAccounts([1n]);
  const { port } = server.address;
  await cut(server);
  await serve(new FakePort(), { port });
  await sleep(5);
  await assert.rejects(ledger.lookupAccounts([1n]), broken);
  await assert.rejects(ledger.createTransfers([transfer(1n)]), broken);
  assert.ok(asked < 40, `${asked} times`);
});
