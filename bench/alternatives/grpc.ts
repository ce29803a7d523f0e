/**
 * The gRPC door on node:http2, against the library that everybody takes (docs/adr/0008-grpc-on-http2.md). No ledger: a
 * thread answers every request with as many results, and the other thread sends. The library gets its messages as bytes
 * and leaves them as they are, which is the fastest it can be asked for.
 *
 *   node dist/bench/alternatives/grpc.js [--rounds 3] [--seconds 2]      JSON, one object
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import grpc from '@grpc/grpc-js';
import { commit, machine } from '../../packages/server/src/benchmark/index.ts';
import { GrpcServer } from '../../packages/server/src/server/index.ts';
import { grpcPort } from '../../src/client/index.ts';
import { Cells, NO_CONTEXT, Operation, type Port } from '../../src/model/index.ts';
import { FieldWriter, readEvents, readRequest, writeStreamReply, writeStreamRequest } from '../../src/wire/index.ts';

type Design = 'node:http2' | '@grpc/grpc-js';
const SUBMIT = '/tallystick.v1.Ledger/Submit';
const asItIs = (bytes: Buffer): Buffer => bytes;

/** Results that say nothing, 16 bytes each. */
function answersOf(count: number): Cells {
  return Cells.of(count * 16);
}
const answers = answersOf(1000);

async function serveByHand(): Promise<number> {
  const scratch = answersOf(8000);
  const port: Port = {
    eventsMax: 8189,
    request: async ({ count, write, read }) => {
      write(scratch, 0);
      await Promise.resolve();
      return read(answers, 0, count * 16);
    },
    close: async () => {},
  };
  return (await GrpcServer.listen(port, { port: 0 })).address.port;
}

async function serveByLibrary(): Promise<number> {
  const server = new grpc.Server();
  const method = {
    path: SUBMIT,
    requestStream: true,
    responseStream: true,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  } as const;
  server.addService(
    { Submit: method },
    {
      Submit: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
        // Our client sends nothing before it was greeted.
        call.sendMetadata(new grpc.Metadata());
        call.on('data', (message: Buffer) => {
          const request = readRequest(message);
          const { count, form } = readEvents(request.operation, message, request.start, request.end);
          const writer = new FieldWriter(64);
          writeStreamReply(writer, request, form, answers, 0, count * 16, { op: 0 });
          setImmediate(() => call.write(writer.toBytes()));
        });
        call.on('end', () => call.end());
      },
    },
  );
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

/** Sends one request of a stream, resolves with its reply. */
interface Stream {
  send(events: Uint8Array): Promise<unknown>;
  close(): Promise<unknown>;
}

async function openByHand(port: number): Promise<Stream> {
  const ledger = await grpcPort(`grpc://127.0.0.1:${port}`);
  return {
    send: (events) =>
      ledger.request({
        operation: Operation.create_transfers,
        count: events.length / 128,
        write: (cells, at) => cells.bytes.set(events, at),
        read: (_cells, _at, size) => size,
        context: NO_CONTEXT,
      }),
    close: () => ledger.close(),
  };
}

async function openByLibrary(port: number): Promise<Stream> {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const call = client.makeBidiStreamRequest(SUBMIT, asItIs, asItIs);
  // Replies come in order here, so that the client need not look into them.
  const waiting: (() => void)[] = [];
  let answered = 0;
  let id = 0;
  call.on('data', () => waiting[answered++]!());
  return {
    send: (events) => {
      const writer = new FieldWriter(events.length + 64);
      writeStreamRequest(writer, { id: ++id, lane: 0, operation: Operation.create_transfers }, events);
      call.write(writer.bytes.subarray(0, writer.at));
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
    close: () =>
      new Promise<void>((resolve, reject) => {
        call.once('error', reject);
        call.once('status', () => resolve());
        call.end();
      }).finally(() => client.close()),
  };
}

const servers = { 'node:http2': serveByHand, '@grpc/grpc-js': serveByLibrary };
const clients = { 'node:http2': openByHand, '@grpc/grpc-js': openByLibrary };

/** Messages a second. */
async function measure(
  server: Design,
  client: Design,
  batch: number,
  streams: number,
  inFlight: number,
): Promise<number> {
  const worker = new Worker(new URL(import.meta.url), { workerData: server });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const open = await Promise.all(Array.from({ length: streams }, () => clients[client](port)));
  const events = new Uint8Array(batch * 128).fill(1);
  let sent = 0;
  const until = async (end: number): Promise<void> => {
    await Promise.all(
      open.flatMap((stream) =>
        Array.from({ length: inFlight }, async () => {
          while (performance.now() < end) {
            await stream.send(events);
            sent++;
          }
        }),
      ),
    );
  };
  await until(performance.now() + 500);
  sent = 0;
  const began = performance.now();
  await until(began + Number(values.seconds) * 1000);
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(open.map((stream) => stream.close()));
  await worker.terminate();
  return sent / seconds;
}

const { values } = parseArgs({
  args: isMainThread ? process.argv.slice(2) : [],
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '2' } },
});

if (!isMainThread) {
  parentPort!.postMessage(await servers[workerData as Design]());
} else {
  const load_average = loadavg()[0]!;
  const designs: readonly (readonly [server: Design, client: Design])[] = [
    ['node:http2', 'node:http2'],
    ['node:http2', '@grpc/grpc-js'],
    ['@grpc/grpc-js', 'node:http2'],
    ['@grpc/grpc-js', '@grpc/grpc-js'],
  ];
  const best = designs.map(() => ({ single: 0, packed: 0 }));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [index, [server, client]] of designs.entries()) {
      const { single, packed } = best[index]!;
      best[index] = {
        single: Math.max(single, await measure(server, client, 1, 8, 256)),
        packed: Math.max(packed, await measure(server, client, 1000, 1, 16)),
      };
    }
  }
  const rows = designs.map(([server, client], index) => ({
    server,
    client,
    'messages/s, one transfer each, 8 streams of 256 in flight': Math.round(best[index]!.single),
    'messages/s, 1,000 transfers each, 16 in flight': Math.round(best[index]!.packed),
  }));
  const command = ['node', 'dist/bench/alternatives/grpc.js', ...process.argv.slice(2)].join(' ');
  const date = new Date().toISOString().slice(0, 10);
  console.log(JSON.stringify({ date, command, commit: commit(), machine: machine(), load_average, rows }, null, 2));
}
