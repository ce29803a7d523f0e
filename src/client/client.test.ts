import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { FakePort, resultsOf } from '../../testing/ports/fake-port.ts';
import { CreateAccountStatus, decodeAccount, TallystickError, TransferBatch } from '../model/index.ts';
import { type CreateClient, createClientWith } from './client.ts';
import { ErrorCodes, RequestError } from './request-error.ts';

const args = { cluster_id: 0n, replica_addresses: ['3000'] };
const account = { id: 1n, ledger: 1, code: 1 };
const closed = (error: unknown): boolean =>
  error instanceof RequestError && error.code === ErrorCodes.ERR_CLIENT_CLOSED;

/** Engines opened, by folder, in order; each answers `created`. */
function clients(): { opened: { folder: string; port: FakePort }[]; createClient: CreateClient } {
  const opened: { folder: string; port: FakePort }[] = [];
  const createClient = createClientWith(async (folder) => {
    const port = new FakePort();
    port.answer = ({ count }) => resultsOf(count, CreateAccountStatus.created);
    opened.push({ folder, port });
    return port;
  });
  return { opened, createClient };
}

test('the engine is opened by the first request, not by the client', async () => {
  const { opened, createClient } = clients();
  const client = createClient(args);
  await new Promise((done) => setImmediate(done));
  assert.equal(opened.length, 0);
  const results = await client.createAccounts([account]);
  assert.equal(results[0]!.status, CreateAccountStatus.created);
  assert.equal(opened.length, 1);
  client.destroy();
});

test('clients of one cluster and its addresses, however spelled, share one engine; others have their own', async () => {
  const { opened, createClient } = clients();
  const spelled = [['3000', 3001], ['127.0.0.1:3001', '3000'], ['3000,3001']].map((replica_addresses) =>
    createClient({ cluster_id: 0n, replica_addresses }),
  );
  const others = [createClient({ cluster_id: 1n, replica_addresses: ['3000', 3001] }), createClient(args)];
  await Promise.all([...spelled, ...others].map((client) => client.createAccounts([account])));
  assert.equal(opened.length, 3);
  assert.equal(new Set(opened.map(({ folder }) => folder)).size, 3);
  assert.equal(opened[0]!.port.sent.length, 3);
  for (const client of [...spelled, ...others]) client.destroy();
});

test('the folder lies in $TALLYSTICK_DIR or here, and names cluster and addresses', async () => {
  const { opened, createClient } = clients();
  const before = process.env.TALLYSTICK_DIR;
  try {
    delete process.env.TALLYSTICK_DIR;
    const here = createClient(args);
    process.env.TALLYSTICK_DIR = '/var/lib/ledgers';
    const there = createClient({ cluster_id: 7n, replica_addresses: ['[::1]:3000'] });
    const many = Array.from({ length: 6 }, (_, index) => `[2001:db8:1111:2222:3333:4444:5555:666${index}]:65535`);
    const long = createClient({ cluster_id: 2n ** 128n - 1n, replica_addresses: many });
    for (const client of [here, there, long]) {
      await client.createAccounts([account]);
      client.destroy();
    }
  } finally {
    if (before === undefined) delete process.env.TALLYSTICK_DIR;
    else process.env.TALLYSTICK_DIR = before;
  }
  assert.equal(opened[0]!.folder, resolve('tallystick-0-127.0.0.1_3000'));
  assert.equal(opened[1]!.folder, '/var/lib/ledgers/tallystick-7-[__1]_3000');
  assert.ok(opened[2]!.folder.length < 255);
});

test('arguments are refused in the known words, and at once', () => {
  const { createClient } = clients();
  const refused: [unknown, string][] = [
    [{ cluster_id: 0, replica_addresses: ['3000'] }, 'cluster_id must be a BigInt'],
    [{ cluster_id: -1n, replica_addresses: ['x'] }, 'cluster_id must be positive'],
    [{ cluster_id: 2n ** 128n, replica_addresses: ['3000'] }, 'cluster_id must fit in 128 bits'],
    [{ cluster_id: 0n, replica_addresses: [] }, 'replica_addresses must not be empty'],
    [{ cluster_id: 0n, replica_addresses: ['localhost'] }, 'Invalid replica address.'],
    [{ cluster_id: 0n, replica_addresses: [1, 2, 3, 4, 5, 6, 7] }, 'Too many replica addresses.'],
    [{ cluster_id: 0n }, 'replica_addresses must be an array'],
  ];
  for (const [given, message] of refused) assert.throws(() => createClient(given as never), { message });
});

test('destroy rejects what is in flight and what comes later, and may be called again', async () => {
  const { opened, createClient } = clients();
  const client = createClient(args);
  await client.createAccounts([account]);
  let answer: (bytes: Uint8Array) => void = () => undefined;
  opened[0]!.port.answer = () => new Promise((done) => (answer = done));
  const inFlight = client.createAccounts([account]);
  client.destroy();
  client.destroy();
  await assert.rejects(inFlight, closed);
  await assert.rejects(client.lookupAccounts([1n]), closed);
  await assert.rejects(client.createAccounts([]), closed);
  await assert.rejects(client.createAccounts(undefined as never), closed);
  answer(resultsOf(1, CreateAccountStatus.created));
  await client[Symbol.asyncDispose]();
  assert.equal(opened[0]!.port.closed, 1);
});

test('the last client closes the engine, and a later one opens it again after that', async () => {
  const { opened, createClient } = clients();
  const [first, second] = [createClient(args), createClient(args)];
  await first.createAccounts([account]);
  await first[Symbol.asyncDispose]();
  assert.equal(opened[0]!.port.closed, 0);
  await second.createAccounts([account]);
  let closing = (): void => undefined;
  const port = opened[0]!.port;
  port.close = () => new Promise((done) => (closing = done));
  second.destroy();
  await new Promise((done) => setImmediate(done));
  const third = createClient(args);
  const answer = third.createAccounts([account]);
  await new Promise((done) => setImmediate(done));
  assert.equal(opened.length, 1, 'the folder is still in use');
  closing();
  await answer;
  assert.equal(opened.length, 2);
  await third[Symbol.asyncDispose]();
});

test('a client destroyed before its engine is open closes it when it is', async () => {
  const port = new FakePort();
  let open = (_: FakePort): void => undefined;
  const createClient = createClientWith(() => new Promise((done) => (open = done)));
  const client = createClient(args);
  const answer = client.createAccounts([account]);
  await Promise.resolve();
  client.destroy();
  await assert.rejects(answer, closed);
  open(port);
  await client[Symbol.asyncDispose]();
  assert.equal(port.closed, 1);
});

test('a client that never asked for anything opens nothing when destroyed', async () => {
  const { opened, createClient } = clients();
  await createClient(args)[Symbol.asyncDispose]();
  assert.equal(opened.length, 0);
});

test('requests made before the engine is open are checked, copied, and sent in order when it is', async () => {
  const port = new FakePort();
  port.answer = ({ count }) => resultsOf(count, CreateAccountStatus.created);
  let open = (_: FakePort): void => undefined;
  const createClient = createClientWith(() => new Promise((done) => (open = done)));
  const client = createClient(args);
  await assert.rejects(client.createAccounts([{ ...account, id: -1n }]), { message: 'id must be positive' });
  const mutable = { ...account };
  const batch = new TransferBatch(1);
  batch.add({ id: 5n, amount: 0n });
  const answers = [client.createAccounts([mutable]), client.createTransfers(batch), client.createAccounts([account])];
  mutable.id = 99n;
  batch.clear();
  await new Promise((done) => setImmediate(done));
  open(port);
  await Promise.all(answers);
  assert.equal(decodeAccount(port.sent[0]!.cells, 0).id, 1n);
  assert.deepEqual(
    port.sent.map((sent) => sent.count),
    [1, 1, 1],
  );
  assert.equal(port.sent[1]!.cells.bytes[0], 5);
  client.destroy();
});

test('an engine that cannot be opened fails the requests that wait for it; the next one tries again', async () => {
  const port = new FakePort();
  port.answer = ({ count }) => resultsOf(count, CreateAccountStatus.created);
  let tries = 0;
  const createClient = createClientWith(async () => {
    tries += 1;
    if (tries === 1) throw new TallystickError('locked');
    return port;
  });
  const client = createClient(args);
  await assert.rejects(client.createAccounts([account]), { code: 'locked' });
  assert.equal((await client.createAccounts([account])).length, 1);
  client.destroy();
});

test("an engine's closed and too_much_data are told in the known words, other errors as they are", async () => {
  const { opened, createClient } = clients();
  const client = createClient(args);
  await client.createAccounts([account]);
  const answering = (error: Error): void => {
    opened[0]!.port.answer = () => Promise.reject(error);
  };
  answering(new TallystickError('closed'));
  await assert.rejects(client.createAccounts([account]), closed);
  answering(new TallystickError('too_much_data'));
  await assert.rejects(client.createAccounts([account]), { code: ErrorCodes.ERR_TOO_MUCH_DATA });
  const full = new TallystickError('disk_full');
  answering(full);
  await assert.rejects(client.createAccounts([account]), full);
  client.destroy();
});

test('a RequestError has the known name, code and message, and says what to do next', () => {
  const messages = {
    ERR_CLIENT_CLOSED: 'Client was closed.',
    ERR_CLIENT_EVICTED: 'Client was evicted.',
    ERR_CLIENT_RELEASE_TOO_LOW: 'Client was evicted: release too old.',
    ERR_CLIENT_RELEASE_TOO_HIGH: 'Client was evicted: release too new.',
    ERR_TOO_MUCH_DATA: 'Too much data was sent or requested in this batch.',
  };
  assert.deepEqual(Object.keys(ErrorCodes), Object.keys(messages));
  for (const [code, message] of Object.entries(messages)) {
    const error = new RequestError(code as ErrorCodes);
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'RequestError');
    assert.equal(error.message, message);
    assert.equal(error.code, code);
    assert.equal(error.retriable, false);
    assert.match(error.next, /[.]$/);
  }
  assert.throws(() => new RequestError('x' as ErrorCodes), { message: 'Unknown error code.' });
});
