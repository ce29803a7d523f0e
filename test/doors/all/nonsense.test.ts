/**
 * Whatever a socket brings to the doors of HTTP and gRPC: an answer with a code, and a server that goes on. (Native and
 * MessagePack: with their own tests.)
 */
import assert from 'node:assert/strict';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { connect as connectLedger, type RemoteLedger } from '../../../src/client/index.ts';
import { openMemory } from '../../../src/engine/index.ts';
import { operationsByName } from '../../../src/wire/index.ts';
import { HttpPeer } from '../../support/door-clients.ts';
import { type OpenDoor, openDoor } from '../../support/door-servers.ts';

const { engine } = openMemory();
let http: OpenDoor;
let grpc: OpenDoor;
let peer: HttpPeer;
let ledger: RemoteLedger;
before(async () => {
  http = await openDoor('http', engine);
  grpc = await openDoor('grpc', engine);
  peer = new HttpPeer(`http://127.0.0.1:${http.port}`);
  ledger = await connectLedger(`grpc://127.0.0.1:${grpc.port}`);
});
after(async () => {
  await ledger.close();
  peer.close();
  await Promise.all([http.close(), grpc.close()]);
  await engine.close();
});

const operations = [...operationsByName.values()];
const names = [...new Set(operations.flatMap(({ event }) => event?.fields.map(({ name }) => name) ?? []))];
const value = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.constantFrom('0', '18446744073709551616', '-1', '0x1', '1e3', 'linked', 'linked|pending', '', null, true),
  fc.bigInt({ min: 0n, max: 2n ** 130n }).map(String),
  fc.jsonValue({ maxDepth: 2 }),
);
const event = fc.oneof(value, fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value, { maxKeys: 8 }));
const body = fc.oneof({ weight: 5, arbitrary: fc.array(event, { maxLength: 5 }) }, { weight: 1, arbitrary: event });

test('http: any JSON to any operation is results or a problem with a code', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...operations), body, async ({ name }, sent) => {
      const { status, text } = await peer.ask(`/v1/${name}`, sent ?? null);
      assert.ok([200, 400, 413].includes(status), `${status} ${text}`);
      const answer = JSON.parse(text) as { code?: string };
      if (status === 200) assert.ok(Array.isArray(answer));
      else assert.match(answer.code!, /^(invalid_argument|too_much_data)$/);
    }),
    { numRuns: 500 },
  );
});

test('http: any path and any question is an answer or a problem', async () => {
  const part = fc.oneof(fc.constantFrom('v1', 'accounts', 'transfers', 'balances', '1', '0xg', 'changes'), fc.string());
  const path = fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.map(encodeURIComponent).join('/')}`);
  const known = fc.constantFrom('/v1/accounts', '/v1/transfers', '/v1/accounts/1/transfers', '/v1/accounts/1/balances');
  const key = fc.oneof(fc.constantFrom(...names, 'cursor', 'reversed', 'at', 'since', 'limit', 'debits'), fc.string());
  const question = fc.array(fc.tuple(key, fc.oneof(fc.string(), fc.nat().map(String))), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.oneof(path, known), question, async (at, pairs) => {
      const { status, text } = await peer.ask(`${at}?${new URLSearchParams(pairs)}`);
      assert.ok([200, 400, 404, 405, 413].includes(status), `${status} ${text}`);
      JSON.parse(text);
    }),
    { numRuns: 500 },
  );
});

/** Sends the bytes and hangs up when the server does, or has said something. */
async function say(port: number, pieces: readonly Uint8Array[]): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.resume();
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  for (const piece of pieces) socket.write(piece);
  await new Promise((resolve) => setImmediate(resolve));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.destroySoon();
  await closed;
}

const anything = fc.uint8Array({ maxLength: 400 });

test('http: any bytes at all, and the server goes on', async () => {
  const request = Buffer.from(
    'POST /v1/lookup_accounts HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ' +
      '3\r\n\r\n[1]',
  );
  const damaged = fc.tuple(fc.nat(request.length - 1), fc.nat(255)).map(([at, byte]) => {
    const bytes = Buffer.from(request);
    bytes[at] = byte;
    return bytes;
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(anything, damaged), { minLength: 1, maxLength: 3 }), (pieces) =>
      say(http.port, pieces),
    ),
    { numRuns: 200 },
  );
  assert.equal((await peer.ask('/v1/accounts')).status, 200);
});

test('grpc: any bytes, any HTTP/2 frames, and the server goes on', async () => {
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
  const http2Frame = fc.tuple(fc.nat(10), fc.nat(255), fc.nat(5), anything).map(([type, flags, stream, payload]) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  });
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(fc.oneof(anything, http2Frame), { maxLength: 5 }), (greeted, pieces) =>
      say(grpc.port, greeted ? [preface, ...pieces] : pieces),
    ),
    { numRuns: 200 },
  );
  assert.deepEqual(await ledger.lookupAccounts([1n]), []);
});

test('grpc: any message to any method is a status with a code', async () => {
  const session = connectHttp2(`http://127.0.0.1:${grpc.port}`);
  const methods = fc.constantFrom(
    'Submit',
    'CreateTransfers',
    'LookupAccounts',
    'QueryTransfers',
    'GetAccountBalances',
  );
  const message = fc.uint8Array({ maxLength: 200 }).map((bytes) => {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(bytes.length, 1);
    return Buffer.concat([prefix, bytes]);
  });
  await fc.assert(
    fc.asyncProperty(
      methods,
      fc.array(fc.oneof({ weight: 4, arbitrary: message }, { weight: 1, arbitrary: anything }), { maxLength: 3 }),
      async (method, messages) => {
        const stream = session.request({
          [constants.HTTP2_HEADER_METHOD]: 'POST',
          [constants.HTTP2_HEADER_PATH]: `/tallystick.v1.Ledger/${method}`,
          [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
        });
        stream.on('error', () => {});
        stream.resume();
        const status = new Promise<string>((resolve) => {
          const hear = (headers: { readonly [name: string]: unknown }): void => {
            if (headers['grpc-status'] !== undefined) resolve(String(headers['grpc-status']));
          };
          stream.once('response', hear);
          stream.once('trailers', hear);
        });
        stream.end(Buffer.concat(messages));
        // ok, invalid argument, resource exhausted, unimplemented, internal: said, and none of them unknown.
        assert.match(await status, /^(0|3|8|12|13)$/);
      },
    ),
    { numRuns: 300 },
  );
  session.destroy();
  assert.deepEqual(await ledger.lookupAccounts([1n]), []);
});
