/** Bytes from sockets, at every decoder: a value or an error of ours, whatever they are. */
import { decodeMessage } from '../../packages/server/src/msgpack/index.ts';
import { Operation, operationShapes, TallystickError } from '../../src/model/index.ts';
import {
  decodeError,
  decodeHello,
  decodeWelcome,
  encodeHello,
  FieldWriter,
  FrameReader,
  GrpcFrameReader,
  type OperationByName,
  operationsByName,
  packEvents,
  protoOperations,
  putTrace,
  readEvents,
  readRequest,
  readStatusDetails,
  readStreamReply,
  resealHeader,
  sealFrame,
  writeStreamRequest,
} from '../../src/wire/index.ts';
import { plainTransfers, twoAccounts } from '../../testing/model/simple.ts';
import { frame as messagePackFrame } from '../../testing/ports/msgpack.ts';
import type { Target } from './fuzzer.ts';

function ours(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof TallystickError) || error.code === 'engine_failed') throw error;
  }
}

function nativeFrame(operation: number, body: Uint8Array, count: number): Uint8Array {
  const bytes = new Uint8Array(128 + Math.ceil(body.length / 128) * 128);
  bytes.set(body, 128);
  const header = { operation, request: 1, count, size: body.length, status: 0, lane: 0, timestamp: 0n };
  sealFrame({ bytes, view: new DataView(bytes.buffer) }, 0, header, new Uint8Array(16));
  return bytes;
}

function tracedFrame(): Uint8Array {
  const bytes = nativeFrame(Operation.lookup_accounts, new Uint8Array(16), 1);
  putTrace({ bytes, view: new DataView(bytes.buffer) }, 0, `00-${'a1'.repeat(16)}-${'b2'.repeat(8)}-01`);
  return bytes;
}

/** The first byte says after how many bytes the rest comes in another piece. */
function inPieces(input: Uint8Array, take: (piece: Uint8Array) => void): void {
  const size = Math.max(1, input[0] ?? 1);
  for (let at = 1; at < input.length; at += size) take(input.slice(at, at + size));
}

const withPiece = (bytes: Uint8Array): Uint8Array => Uint8Array.of(200, ...bytes);

const transfers = plainTransfers(1n, 2);

const native: Target = {
  name: 'native frames',
  seeds: [
    nativeFrame(Operation.create_transfers, transfers, 2),
    nativeFrame(1, encodeHello({ cluster: 7n, token: 'x' }), 0),
    nativeFrame(Operation.lookup_accounts, new Uint8Array(32), 2),
    tracedFrame(),
  ].map(withPiece),
  try(input) {
    // Most changes break a checksum; half of the inputs get good ones, so that what is behind them is tried, too.
    const bytes = input.slice();
    if (bytes.length % 2 === 0) reseal(bytes);
    const reader = new FrameReader();
    reader.traces = true;
    ours(() =>
      inPieces(bytes, (piece) => {
        reader.push(piece);
        for (let found = reader.next(); found !== undefined; found = reader.next()) {
          const shape = operationShapes[found.operation as Operation];
          if (shape === undefined && found.size !== found.body.length)
            throw new Error('the size is not that of the body');
          if (found.traceparent !== undefined && !/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(found.traceparent))
            throw new Error('a context that is none');
        }
        reader.settle();
      }),
    );
    ours(() => decodeHello(input));
    ours(() => decodeWelcome(input));
    decodeError(input);
  },
};

function reseal(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 129) return;
  const cells = view.getUint32(1 + 56, true);
  const frame = bytes.slice(1);
  const at = { bytes: frame, view: new DataView(frame.buffer) };
  if (cells > 40 || frame.length < 128 * (1 + cells)) return;
  const field = (offset: number): number => at.view.getUint32(offset, true);
  const header = {
    operation: at.view.getUint16(60, true),
    request: field(80),
    count: field(52),
    size: cells * 128,
    status: 0,
    lane: field(84),
    timestamp: 0n,
  };
  const trace = frame.slice(100, 128);
  sealFrame(at, 0, header, frame.slice(64, 80));
  frame.set(trace, 100);
  resealHeader(at, 0);
  bytes.set(frame, 1);
}

function grpcRequest(operation: number, events: Uint8Array): Uint8Array {
  const writer = new FieldWriter(4096);
  writeStreamRequest(writer, { id: 7, lane: 1, operation }, events);
  return new Uint8Array(writer.bytes.subarray(0, writer.at));
}

const grpc: Target = {
  name: 'gRPC messages',
  seeds: [
    grpcRequest(Operation.create_transfers, transfers),
    grpcRequest(Operation.create_accounts, twoAccounts),
    grpcRequest(Operation.query_transfers, new Uint8Array(64)),
    Uint8Array.of(10, 4, 10, 2, 8, 1),
  ],
  try(input) {
    const operations = Object.keys(protoOperations).map(Number);
    const operation = operations[(input[0] ?? 0) % operations.length]!;
    ours(() => {
      const { count, events } = readEvents(operation, input, 0, input.length);
      const { eventSize } = operationShapes[operation as Operation];
      if (events.length !== count * eventSize)
        throw new Error(`${count} events of ${eventSize} in ${events.length} bytes`);
    });
    ours(() => {
      const request = readRequest(input);
      if (request.operation !== 0) readEvents(request.operation, input, request.start, request.end);
    });
    ours(() => readStreamReply(input));
    ours(() => readStatusDetails(input));
    const reader = new GrpcFrameReader(1 << 16);
    ours(() =>
      inPieces(input, (piece) => {
        reader.push(piece);
        while (reader.next() !== undefined);
      }),
    );
  },
};

function pack(operation: OperationByName | undefined, events: unknown): void {
  if (operation === undefined) return;
  const { count, bytes } = packEvents(operation, events);
  if (bytes.length !== count * operation.eventSize) throw new Error('the events do not fill their bytes');
}

const call = (op: string, events: unknown): Uint8Array =>
  new Uint8Array(messagePackFrame({ id: 1, op, events }).subarray(4));

const messagePack: Target = {
  name: 'MessagePack messages',
  seeds: [
    call('create_transfers', [
      {
        id: 2n ** 63n,
        debit_account_id: '0x10',
        credit_account_id: 2,
        amount: '1',
        ledger: 1,
        code: 1,
        flags: ['linked', 'pending'],
      },
    ]),
    call('create_accounts', [
      { id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', ledger: 1, code: 1, flags: 'linked|history' },
    ]),
    call('lookup_accounts', [1, '2', new Uint8Array(16)]),
    call('query_transfers', [{ limit: 10, flags: 1 }]),
  ],
  try(input) {
    ours(() => {
      const message = decodeMessage(input);
      pack(operationsByName.get(message.operation), message.events);
    });
  },
};

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const json: Target = {
  name: 'JSON events',
  seeds: [
    text([
      {
        id: '340282366920938463463374607431768211455',
        debit_account_id: '0x1',
        credit_account_id: 2,
        amount: '1',
        ledger: 1,
        code: 1,
        flags: 'linked|pending',
      },
    ]),
    text([{ id: 1, ledger: 700, code: 10, flags: ['history'], user_data_64: '18446744073709551615' }]),
    text([{ account_id: '1', limit: 10, timestamp_min: '2026-01-31T12:00:00Z' }]),
    text(['1', 2, '0x3']),
  ],
  try(input) {
    let events: unknown;
    try {
      events = JSON.parse(new TextDecoder().decode(input));
    } catch {
      return;
    }
    for (const operation of operationsByName.values()) ours(() => pack(operation, events));
  },
};

export const decoders: readonly Target[] = [native, grpc, messagePack, json];
