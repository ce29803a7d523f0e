import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeServer } from '../../../packages/server/src/server/index.ts';
import type { ConnectOptions } from '../../../src/client/index.ts';
import { createRemoteClient, ErrorCodes, RequestError } from '../../../src/client/index.ts';
import { CreateTransferStatus, Operation, TallystickError } from '../../../src/model/index.ts';
import { FakePort, resultsOf, type Sent } from '../../../testing/ports/fake-port.ts';
import { nativeServers } from '../../support/native-servers.ts';

const { serve, connected } = nativeServers();
const created = ({ count }: Sent): Uint8Array => resultsOf(count, CreateTransferStatus.created);
const transfer = { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };

/** A server that is cut off with a create and a lookup unanswered, and another one on the same port. */
async function cutOff(
  options: ConnectOptions,
): Promise<{ create: Promise<unknown>; lookup: Promise<unknown>; later: FakePort }> {
  const port = new FakePort();
  port.answer = () => new Promise(() => {});
  const server = await serve(port);
  const { host, port: number } = server.address;
  const ledger = await connected(server, options);
  const create = ledger.createTransfers([transfer]);
  const lookup = ledger.lookupAccounts([1n]);
  create.catch(() => {});
  lookup.catch(() => {});
  while (port.sent.length < 2) await sleep(2);
  server.destroy();
  await server.drain();
  const later = new FakePort();
  later.answer = (sent) => (sent.operation === Operation.create_transfers ? created(sent) : new Uint8Array(0));
  await serve(later, { port: number, host });
  return { create, lookup, later };
}

test('a connection that breaks leaves creates unknown and reads sent again', async () => {
  const { create, lookup, later } = await cutOff({});
  await assert.rejects(create, { code: 'connection_lost', retriable: true });
  assert.deepEqual(await lookup, []);
  assert.deepEqual(
    later.sent.map(({ operation }) => operation),
    [Operation.lookup_accounts],
  );
});

test('with retry, creates are sent again, too, in their order', async () => {
  const { create, lookup, later } = await cutOff({ retry: true });
  assert.equal(((await create) as { status: number }[])[0]!.status, CreateTransferStatus.created);
  assert.deepEqual(await lookup, []);
  assert.deepEqual(
    later.sent.map(({ operation }) => operation),
    [Operation.create_transfers, Operation.lookup_accounts],
  );
});

test('when nobody comes back, calls that were sent are unknown and calls that were not are not', async () => {
  const port = new FakePort();
  port.answer = () => new Promise(() => {});
  const server = await serve(port);
  const ledger = await connected(server, { retry: true, reconnectTimeoutMs: 60 });
  const create = ledger.createTransfers([transfer]);
  create.catch(() => {});
  while (port.sent.length < 1) await sleep(2);
  server.destroy();
  await server.drain();
  await sleep(5);
  const later = ledger.createTransfers([transfer]);
  await assert.rejects(create, { code: 'connection_lost' });
  await assert.rejects(later, { code: 'unreachable' });
});

test('a server that leaves answers what it has; what comes later finds the next one', async () => {
  const port = new FakePort();
  const answers: (() => void)[] = [];
  port.answer = (sent) => new Promise((resolve) => answers.push(() => resolve(created(sent))));
  const server = await serve(port);
  const { host, port: number } = server.address;
  const ledger = await connected(server);
  const before = ledger.createTransfers([transfer]);
  while (answers.length < 1) await sleep(2);
  const drained = server.drain();
  await sleep(20);
  const later = ledger.createTransfers([transfer]);
  answers[0]!();
  assert.equal((await before)[0]!.status, CreateTransferStatus.created);
  await drained;
  const next = new FakePort();
  next.answer = created;
  await serve(next, { port: number, host });
  assert.equal((await later)[0]!.status, CreateTransferStatus.created);
  assert.deepEqual([port.sent.length, next.sent.length], [1, 1]);
});

test('a client of tigerbeetle-node waits for its server as long as it takes, and can be destroyed', async () => {
  const free = await NativeServer.listen(() => ({ port: new FakePort() }), { port: 0 });
  const { port: number } = free.address;
  await free.drain();
  const client = createRemoteClient({ cluster_id: 0n, replica_addresses: [`127.0.0.1:${number}`, '1'] });
  const other = createRemoteClient({ cluster_id: 0n, replica_addresses: [number] });
  const answer = client.createAccounts([{ id: 1n, ledger: 1, code: 1 }]);
  const lost = other.createAccounts([{ id: 1n, ledger: 1, code: 1 }]);
  await sleep(30);
  other.destroy();
  await assert.rejects(lost, (error) => error instanceof RequestError && error.code === ErrorCodes.ERR_CLIENT_CLOSED);
  await other[Symbol.asyncDispose]();
  const port = new FakePort();
  port.answer = created;
  await serve(port, { port: number });
  assert.equal((await answer).length, 1);
  await client[Symbol.asyncDispose]();
  assert.throws(() => createRemoteClient({ cluster_id: 0n, replica_addresses: ['localhost'] }), {
    message: 'Invalid replica address.',
  });
});

test('a client of another cluster is told so', async () => {
  const server = await serve(new FakePort(), { cluster: 7n });
  const client = createRemoteClient({ cluster_id: 8n, replica_addresses: [server.address.port] });
  await assert.rejects(client.lookupAccounts([1n]), { code: 'wrong_cluster' });
  client.destroy();
});

/** A port that refuses that often before it takes anything. */
function fullFor(times: number): FakePort {
  const port = new FakePort();
  let refused = 0;
  port.answer = (sent) => {
    if (refused++ < times) return Promise.reject(new TallystickError('lane_full', 'full', { retryAfterMs: 40 }));
    return sent.operation === Operation.create_transfers ? created(sent) : new Uint8Array(0);
  };
  return port;
}

test('with retry, what a full lane refuses is sent again when the server says', async () => {
  const port = fullFor(2);
  const ledger = await connected(await serve(port), { retry: true });
  const began = performance.now();
  assert.equal((await ledger.createTransfers([transfer]))[0]!.status, CreateTransferStatus.created);
  const took = performance.now() - began;
  assert.ok(took >= 79, `after ${took} ms`);
  assert.equal(port.sent.length, 3);
  assert.deepEqual(await ledger.lookupAccounts([1n]), []);
});

test('without retry the caller hears of a full lane, and when to come again', async () => {
  const ledger = await connected(await serve(fullFor(1)), {});
  await assert.rejects(ledger.createTransfers([transfer]), { code: 'lane_full', retriable: true, retryAfterMs: 40 });
});

test('a lane that stays full is given up in the end, and a client that is closed waits for nothing', async () => {
  const ledger = await connected(await serve(fullFor(Number.POSITIVE_INFINITY)), {
    retry: true,
    reconnectTimeoutMs: 200,
  });
  await assert.rejects(ledger.createTransfers([transfer]), { code: 'lane_full' });
  const last = ledger.createTransfers([transfer]);
  last.catch(() => {});
  await sleep(20);
  await ledger.close();
  await assert.rejects(last, { code: 'lane_full' });
});
