import assert from 'node:assert/strict';
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { Ingress, NativeServer } from '../../../packages/server/src/server/index.ts';
import { connect, connectReplay } from '../../../src/client/connect.ts';
import { parseTcp } from '../../../src/client/connect-options.ts';
import { openMemory } from '../../../src/engine/index.ts';
import { CreateTransferStatus, Operation, TransferBatch, TransferFlags } from '../../../src/model/index.ts';
import { Control, encodeWelcome } from '../../../src/wire/index.ts';
import { FakePort, resultsOf, type Sent } from '../../../testing/ports/fake-port.ts';
import { frameOf } from '../../support/native-peer.ts';
import { nativeServers } from '../../support/native-servers.ts';
import { addressOf } from '../../support/tcp.ts';

const { endings, serve, connected } = nativeServers();

/** Listens, and does as it is told with each connection. */
async function listen(take: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    take(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const created = ({ count }: Sent): Uint8Array => resultsOf(count, CreateTransferStatus.created);
const transfer = { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };

test('addresses', () => {
  assert.deepEqual(parseTcp('tcp://ledger.example:4000'), { host: 'ledger.example', port: 4000 });
  assert.deepEqual(parseTcp('tcp://[::1]:4000/'), { host: '::1', port: 4000 });
  assert.deepEqual(parseTcp('tcp://10.0.0.1'), { host: '10.0.0.1', port: 3000 });
  for (const wrong of ['', '3000', 'localhost:3000', 'http://x:1', 'tcp://', 'tcp://x:99999', 'tcp://x:1/books']) {
    assert.throws(() => parseTcp(wrong), { code: 'invalid_argument' });
  }
});

test('host names resolve; ping tells milliseconds; the server says who it is', async () => {
  const server = await serve(new FakePort(), { cluster: 7n, served: { ledgerId: 5n, op: 0 } });
  const ledger = await connect(`tcp://localhost:${server.address.port}`, { cluster: 7n });
  assert.ok((await ledger.ping()) > 0);
  assert.equal(ledger.server?.cluster, 7n);
  assert.equal(ledger.server?.ledgerId, 5n);
  await ledger.close();
  await assert.rejects(ledger.lookupAccounts([1n]), { name: 'TallystickError', code: 'closed' });
  await assert.rejects(ledger.ping(), { code: 'closed' });
});

test('what is wrong at the other end is told by its name, and at once', async () => {
  const cluster = await serve(new FakePort(), { cluster: 7n });
  await assert.rejects(connect(addressOf(cluster), { cluster: 8n }), { code: 'wrong_cluster' });
  await assert.rejects(connectReplay(addressOf(cluster)), { code: 'invalid_argument' });
  const closing = await listen((socket) => socket.destroy());
  await assert.rejects(connect(closing), { code: 'unreachable', retriable: true });
  const web = await listen((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'.padEnd(300)));
  await assert.rejects(connect(web), { code: 'frame_invalid' });
  const silent = await listen(() => {});
  await assert.rejects(connect(silent, { connectTimeoutMs: 50 }), { code: 'timed_out' });
  await assert.rejects(connect('tcp://nowhere.invalid:3000'), { code: 'unreachable' });
  const gone = await NativeServer.listen(() => ({ port: new FakePort() }), { port: 0 });
  const address = addressOf(gone);
  await gone.drain();
  await assert.rejects(connect(address), { code: 'unreachable' });
});

test('a signal ends the attempt to connect, before and during it', async () => {
  const silent = await listen(() => {});
  await assert.rejects(connect(silent, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('no more time')), 20);
  await assert.rejects(connect(silent, { signal: controller.signal }), { message: 'no more time' });
});

test('calls of one turn leave in one write, and each keeps its own chain and imports', async () => {
  const { engine } = openMemory();
  const lanes = new Ingress(engine);
  const server = await NativeServer.listen(() => ({ port: lanes }), { port: 0 });
  endings.push(
    () => engine.close(),
    () => server.drain(0),
  );
  let writes = 0;
  const ledger = await connected(server, {
    openSocket: ({ host, port }, onread) => {
      const socket = connectSocket({ host, port, onread });
      const { write } = socket;
      socket.write = ((...given: Parameters<typeof write>) => {
        writes++;
        return write.apply(socket, given);
      }) as typeof write;
      return socket;
    },
  });
  const accounts = [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 }));
  await ledger.createAccounts(accounts);
  const linked = { ...transfer, flags: TransferFlags.linked };
  writes = 0;
  const results = await Promise.all([
    ledger.createTransfers([{ ...linked, id: 10n }]),
    ledger.createTransfers([
      { ...linked, id: 11n },
      { ...transfer, id: 12n },
    ]),
    ledger.createTransfers([
      { ...linked, id: 13n },
      { ...transfer, id: 14n, code: 0 },
    ]),
    ledger.createTransfers([{ ...transfer, id: 15n }]),
    ledger.createTransfers([{ ...transfer, id: 16n, flags: TransferFlags.imported, timestamp: 5n }]),
  ]);
  assert.equal(writes, 1);
  assert.deepEqual(
    results.map((each) => each.map(({ status }) => CreateTransferStatus[status])),
    [
      ['linked_event_chain_open'],
      ['created', 'created'],
      ['linked_event_failed', 'code_must_not_be_zero'],
      ['created'],
      ['imported_event_timestamp_must_not_regress'],
    ],
  );
});

test('thousands of calls at once, small and large, within the credit that the server gives', async () => {
  const port = new FakePort();
  port.answer = created;
  const server = await serve(port, { limits: { requestsMax: 7, cellsMax: 9000 } });
  const ledger = await connected(server);
  const batch = new TransferBatch(8189);
  for (let index = 0; index < 8189; index++) batch.add({ ...transfer, id: BigInt(index + 1) });
  const calls = Array.from({ length: 3000 }, (_, index) =>
    index % 500 === 7
      ? ledger.createTransfers(batch).then(({ count }) => count)
      : ledger.createTransfers(Array.from({ length: index % 40 }, () => transfer)).then(({ length }) => length),
  );
  const counts = await Promise.all(calls);
  for (const [index, count] of counts.entries()) assert.equal(count, index % 500 === 7 ? 8189 : index % 40);
});

test('events are read before the call returns, so a batch may be used again at once', async () => {
  const port = new FakePort();
  port.answer = created;
  const server = await serve(port, { limits: { requestsMax: 1 } });
  const ledger = await connected(server);
  const batch = new TransferBatch(1);
  const answers: Promise<unknown>[] = [];
  for (let id = 1n; id <= 5n; id++) {
    batch.clear();
    batch.add({ ...transfer, id });
    answers.push(ledger.createTransfers(batch));
  }
  await Promise.all(answers);
  assert.deepEqual(
    port.sent.map(({ cells }) => cells.bytes[0]),
    [1, 2, 3, 4, 5],
  );
});

test('an answer that nobody asked for, or bytes that are none, end the connection and not the process', async () => {
  const welcome = encodeWelcome({
    cluster: 0n,
    ledgerId: 1n,
    eventsMax: 8189,
    requestsMax: 8,
    cellsMax: 9000,
    replay: false,
    traces: false,
  });
  for (const answer of [
    frameOf({ operation: Operation.create_transfers, request: 77 }),
    frameOf({ operation: Operation.lookup_accounts, request: 1 }),
    new Uint8Array(500),
  ]) {
    const address = await listen((socket) => {
      socket.once('data', () => {
        socket.write(frameOf({ operation: Control.hello }, welcome));
        socket.once('data', () => socket.write(answer));
      });
    });
    const ledger = await connect(address);
    await assert.rejects(ledger.createTransfers([transfer]), { code: 'frame_invalid' });
    await ledger.close();
  }
});
