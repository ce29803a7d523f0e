/**
 * Every operation of every door, asked for by a stranger and in every role. What is allowed stands here a second time,
 * in words, as a witness against the server's own table.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import {
  type Authenticator,
  inRole,
  operationScopes,
  ROLES,
  type Role,
  roleScopes,
  SCOPES,
} from '../../../packages/server/src/identity/index.ts';
import { describedFiles } from '../../../packages/server/src/server/grpc/gen/descriptors.ts';
import { routes } from '../../../packages/server/src/server/index.ts';
import { grpcPort } from '../../../src/client/index.ts';
import {
  FrameStatus,
  NO_CONTEXT,
  Operation,
  type OperationShape,
  operationSchemas,
  operationShapes,
  type Port,
  TallystickError,
} from '../../../src/model/index.ts';
import { Control, decodeError } from '../../../src/wire/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { httpPort, messagePackPort } from '../../support/door-clients.ts';
import { openDoor } from '../../support/door-servers.ts';
import { frameOf, helloFrame, NativePeer } from '../../support/native-peer.ts';
import { type DoorName, outcome } from '../../support/served-doors.ts';

const READS =
  'lookup_accounts lookup_transfers get_account_transfers get_account_balances query_accounts query_transfers ' +
  'get_change_events lookup_pendings search_transfers sum_transfers lookup_accounts_at get_snapshot';
const CREATES = 'create_accounts create_transfers';
const names = `${READS} ${CREATES}`.split(' ');

/** What a role hears when it asks for an operation. */
function expected(role: Role | 'stranger', name: string): string {
  if (role === 'stranger') return 'unauthenticated';
  return role === 'read' && CREATES.includes(name) ? 'forbidden' : 'ok';
}

/** The token is the role. */
const authenticator: Authenticator = {
  async authenticate(token) {
    const role = ROLES.find((known) => known === token);
    if (role === undefined) throw new TallystickError('unauthenticated');
    return inRole('somebody', role, 'token');
  },
};
const callers = ['stranger', ...ROLES] as const;

const endings: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

/** The port of a door whose ledger answers everything. */
async function open(door: DoorName): Promise<number> {
  const ledger = new FakePort();
  const { port, close } = await openDoor(door, ledger, {}, { authenticator });
  endings.push(close);
  return port;
}

/** Asks for one event of each operation, all zeros. */
async function ask(port: Port, name: string): Promise<string> {
  const operation = Operation[name as keyof typeof Operation] as Operation;
  const size = operationShapes[operation].eventSize;
  return outcome(() =>
    port.request({
      operation,
      count: 1,
      write: ({ bytes }, at) => bytes.fill(0, at, at + size),
      read: () => undefined,
      context: NO_CONTEXT,
    }),
  );
}

async function askAll(caller: Role | 'stranger', opened: () => Promise<Port>): Promise<void> {
  let port: Port;
  try {
    port = await opened();
  } catch (error) {
    assert.ok(error instanceof TallystickError && error.code === 'unauthenticated', String(error));
    assert.equal(caller, 'stranger');
    return;
  }
  endings.push(() => port.close());
  for (const name of names) assert.equal(await ask(port, name), expected(caller, name), `${caller} ${name}`);
}

test('the table has a row for each operation, and this file does, too', () => {
  const rows = Object.keys(operationScopes).map((number) => Operation[Number(number) as Operation]);
  assert.deepEqual(rows.sort(), operationSchemas.map(({ name }) => name).sort());
  assert.deepEqual([...names, 'pulse'].sort(), rows);
  assert.equal(operationScopes[Operation.pulse], 'nobody');
  assert.ok(operationSchemas.every(({ number }) => number < NUMBERS) && NUMBERS < Control.hello);
});

test('each scope is in the roles that the guide says, and none is without use', () => {
  const reading = SCOPES.filter((scope) => scope.endsWith(':read'));
  assert.deepEqual([...roleScopes.read].sort(), reading);
  assert.deepEqual([...roleScopes.write].sort(), [...SCOPES]);
  assert.deepEqual([...roleScopes.admin].sort(), [...SCOPES]);
  const services = ['payments:read', 'payments:write'];
  const used = new Set<string>([...Object.values(operationScopes), 'metrics:read', ...services]);
  used.delete('nobody');
  assert.deepEqual([...used].sort(), [...SCOPES]);
});

/** Operations have numbers below that; the frames of the protocol itself begin far above. */
const NUMBERS = 256;

test('native: every number of one byte', async () => {
  const port = await open('native');
  for (const caller of callers) {
    const peer = await NativePeer.open({ host: '127.0.0.1', port });
    endings.push(async () => peer.socket.destroy());
    peer.send(helloFrame(0n, caller));
    const hello = (await peer.next())!;
    if (caller === 'stranger') {
      assert.equal(decodeError(hello.body).code, 'unauthenticated');
      continue;
    }
    assert.equal(hello.status, FrameStatus.ok);
    for (let operation = 0; operation < NUMBERS; operation++) {
      const name = Operation[operation as Operation] as string | undefined;
      const shape = operationShapes[operation as Operation] as OperationShape | undefined;
      peer.send(frameOf({ operation, request: operation, count: 1 }, new Uint8Array(shape?.eventSize ?? 16)));
      const reply = (await peer.next())!;
      assert.equal(reply.request, operation);
      const heard = reply.status === FrameStatus.ok ? 'ok' : decodeError(reply.body).code;
      const known = name !== undefined && names.includes(name);
      assert.equal(heard, known ? expected(caller, name) : 'invalid_argument', `${caller} ${name ?? operation}`);
    }
  }
});

test('gRPC: every method of every service that reflection names, and every operation of the stream', async () => {
  const port = await open('grpc');
  const methods = describedFiles.flatMap(({ service, symbols }) =>
    symbols
      .filter((symbol) => symbol.startsWith(`${service}.`))
      .map((symbol) => [service, symbol.slice(service.length + 1)] as const),
  );
  const ledgers = methods.filter(([service]) => service === 'tallystick.v1.Ledger').map(([, method]) => method);
  assert.equal(ledgers.length, names.length + 2);
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  endings.push(async () => client.close());
  for (const caller of callers) {
    const metadata = new grpc.Metadata();
    metadata.set('authorization', `Bearer ${caller}`);
    for (const [service, method] of methods) {
      const code = await called(client, `/${service}/${method}`, metadata);
      const name = method.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
      const strangers = service.startsWith('grpc.health.');
      if (strangers) assert.notEqual(code, grpc.status.UNAUTHENTICATED, `${service}/${method}`);
      else if (names.includes(name)) assert.equal(code, STATUS[expected(caller, name)], `${caller} ${name}`);
      else if (method === 'FollowChanges') {
        const may = expected(caller, 'get_change_events');
        assert.equal(code, may === 'ok' ? grpc.status.CANCELLED : STATUS[may], `${caller} ${method}`);
      } else
        assert.equal(code === grpc.status.UNAUTHENTICATED, caller === 'stranger', `${caller} ${service}/${method}`);
      assert.notEqual(code, grpc.status.UNIMPLEMENTED, `${service}/${method}`);
    }
    await askAll(caller, () => grpcPort(`grpc://127.0.0.1:${port}`, { token: caller }));
  }
});

const STATUS: { readonly [code: string]: grpc.status } = {
  ok: grpc.status.OK,
  forbidden: grpc.status.PERMISSION_DENIED,
  unauthenticated: grpc.status.UNAUTHENTICATED,
};

const ONE_EVENT = Buffer.from([0x0a, 0]);
const NOTHING = Buffer.alloc(0);
/** With its field 4, an amount of one byte. */
const ONE_TRANSFER = Buffer.from([0x0a, 3, 0x22, 1, 7]);

/** A call with one event, an empty message; a stream that goes on is left. */
function called(client: grpc.Client, path: string, metadata: grpc.Metadata): Promise<grpc.status> {
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    const call = client.makeUnaryRequest(
      path,
      same,
      same,
      path.endsWith('/CreateTransfers') ? ONE_TRANSFER : path.endsWith('/FollowChanges') ? NOTHING : ONE_EVENT,
      metadata,
      { deadline: Date.now() + 3000 },
      (error) => resolve(error?.code ?? grpc.status.OK),
    );
    if (/\/(Watch|FollowChanges)$/.test(path)) call.once('metadata', () => call.cancel());
  });
}

test('MessagePack: every operation by its name', async () => {
  const port = await open('msgpack');
  for (const caller of callers) {
    await askAll(caller, () => messagePackPort(`msgpack://127.0.0.1:${port}`, { token: caller }));
  }
});

test('HTTP: every row of the table of routes, which asks for the operations that it names and no others', async () => {
  const ledger = new FakePort();
  const { port, close } = await openDoor('http', ledger, {}, { authenticator });
  endings.push(close);
  const base = `http://127.0.0.1:${port}`;
  assert.equal(routes.filter(({ told }) => names.includes(told.operationId)).length, names.length);
  for (const caller of callers) {
    await askAll(caller, async () => httpPort(base, { token: caller }));
    for (const { method, path, asks } of routes) {
      ledger.sent.length = 0;
      const rights = new Set(asks.map(({ name }) => expected(caller, name)));
      if (asks.length === 0) rights.add(caller === 'stranger' ? 'unauthenticated' : 'ok');
      const body = method === 'GET' ? {} : { body: JSON.stringify([eventOf(asks[0]!)]) };
      // Balances at a time ask for the account, and pages of them do not.
      for (const query of path.endsWith('/balances') ? ['', '?at=5'] : ['']) {
        const { status } = await fetch(base + path.replace('{id}', '1') + query, {
          method,
          headers: { authorization: `Bearer ${caller}`, 'content-type': 'application/json' },
          ...body,
        });
        const heard = { 401: 'unauthenticated', 403: 'forbidden' }[status] ?? 'ok';
        assert.deepEqual([heard], [...rights], `${caller} ${method} ${path}`);
      }
      const asked = new Set(ledger.sent.map(({ operation }) => Operation[operation]));
      const wanted = rights.has('ok') ? asks.map(({ name }) => name) : [];
      assert.deepEqual([...asked].sort(), wanted.sort(), `${caller} ${method} ${path}`);
    }
  }
});

/** The least that an operation takes: 1 in each field that must be there. */
function eventOf({ event }: (typeof routes)[number]['asks'][number]): unknown {
  if (event === undefined) return '1';
  const must = event.fields.filter(({ index }) => (event.required & (1 << index)) !== 0);
  const unless = event.unless === undefined ? [] : [event.unless.field];
  return Object.fromEntries([...must, ...unless].map(({ name }) => [name, 1]));
}
