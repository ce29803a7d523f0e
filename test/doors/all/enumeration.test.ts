/**
 * Every operation of every door x every kind of caller, against a table that stands here a second time: a stranger, a
 * credential that is over, or meant for somebody else, or taken back; each role; another tenant; and a policy that says
 * no, or says nothing. gRPC's methods come from its reflection, HTTP's paths from its OpenAPI document, so that one
 * that is added without a row in the table fails here.
 */
import '../../support/plain.ts';
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { Certificates, type Opinion, type Policy } from '../../../packages/server/src/identity/index.ts';
import { describedFiles } from '../../../packages/server/src/server/grpc/gen/descriptors.ts';
import { routes as httpRoutes, openApi } from '../../../packages/server/src/server/index.ts';
import { grpcPort } from '../../../src/client/index.ts';
import { FrameStatus, NO_CONTEXT, Operation, operationShapes } from '../../../src/model/index.ts';
import { decodeError } from '../../../src/wire/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { Authority, temporaryFolder } from '../../support/access.ts';
import { type Answer, authenticatorOf, callers, names, never, type Row, read } from '../../support/callers.ts';
import { httpPort, messagePackPort } from '../../support/door-clients.ts';
import { openDoor } from '../../support/door-servers.ts';
import { frameOf, helloFrame, NativePeer } from '../../support/native-peer.ts';
import { type DoorName, doorNames, outcome, welcome } from '../../support/served-doors.ts';

const endings: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

const folder = temporaryFolder();
after(() => rmSync(folder, { recursive: true }));
async function open(door: DoorName, policy?: Policy): Promise<number> {
  const { port, close } = await openDoor(door, new FakePort(), {}, { authenticator: await authenticatorOf(policy) });
  endings.push(close);
  return port;
}

/** What a caller hears of an operation, over a connection of its own: a stranger's ends with its first refusal. */
async function ask(door: DoorName, number: number, credential: string | undefined, name: string): Promise<string> {
  const operation = Operation[name as keyof typeof Operation] as Operation;
  const size = operationShapes[operation].eventSize;
  if (door === 'native') return askNative(number, credential, operation);
  const access = credential === undefined ? {} : { token: credential };
  return outcome(async () => {
    const port = await {
      grpc: () => grpcPort(`grpc://127.0.0.1:${number}`, access),
      http: () => Promise.resolve(httpPort(`http://127.0.0.1:${number}`, access)),
      msgpack: () => messagePackPort(`msgpack://127.0.0.1:${number}`, access),
    }[door]();
    try {
      await port.request({
        operation,
        count: 1,
        write: ({ bytes }, at) => bytes.fill(0, at, at + size),
        read: () => undefined,
        context: NO_CONTEXT,
      });
    } finally {
      await port.close();
    }
  });
}

async function askNative(number: number, credential: string | undefined, operation: Operation): Promise<string> {
  const peer = await NativePeer.open({ host: '127.0.0.1', port: number });
  try {
    peer.send(helloFrame(0n, credential));
    const hello = (await peer.next())!;
    if (hello.status !== FrameStatus.ok) return decodeError(hello.body).code;
    peer.send(frameOf({ operation, request: 1, count: 1 }, new Uint8Array(operationShapes[operation].eventSize)));
    const reply = (await peer.next())!;
    return reply.status === FrameStatus.ok ? 'ok' : decodeError(reply.body).code;
  } finally {
    peer.socket.destroy();
  }
}

test('the table has every operation that callers may ask for', () => {
  const known = Object.entries(Operation).filter(
    ([, number]) => typeof number === 'number' && number !== Operation.pulse,
  );
  assert.deepEqual(
    [...names].sort(),
    known
      .map(([name]) => name)
      .filter((name) => Number.isNaN(Number(name)))
      .sort(),
  );
});

for (const door of doorNames) {
  test(`${door}: every operation x every kind of caller`, async () => {
    const number = await open(door);
    for (const [who, credential, row] of callers) {
      for (const name of names) {
        assert.equal(await ask(door, number, credential, name), row(name), `${who} asks for ${name}`);
      }
    }
  });

  const opinions: readonly (readonly [says: string, decide: () => Promise<Opinion>, row: Row])[] = [
    ['yes', async () => ({ allow: true, reasons: [] }), read],
    ['no', async () => ({ allow: false, reasons: ['closed'] }), never],
    ['nothing, for it is down', () => Promise.reject(new Error('down')), never],
  ];
  for (const [says, decide, row] of opinions) {
    test(`${door}: every operation of a reader when the policy says ${says}`, async () => {
      const number = await open(door, { decide, close: () => {} });
      const credential = callers.find(([who]) => who === 'the role read')![1];
      for (const name of names) assert.equal(await ask(door, number, credential, name), row(name), name);
      for (const name of names) assert.equal(await ask(door, number, 'sesame', name), 'unauthenticated', name);
    });
  }

  test(`${door}: a certificate that was taken back asks for nothing`, async () => {
    const authority = await Authority.make('ours');
    const [ours, good, revoked] = await Promise.all(['ledger', 'good', 'revoked'].map((name) => authority.sign(name)));
    const file = (name: string, text: string): string => {
      const path = join(folder, `${door}-${name}`);
      writeFileSync(path, text);
      return path;
    };
    const certificates = await Certificates.load(
      {
        certificate: file('cert.pem', ours!.cert),
        key: file('key.pem', ours!.key),
        clientAuthority: file('ca.pem', authority.cert),
        revoked: file('crl.pem', authority.revoke(revoked!.cert)),
      },
      { problem: () => {} },
    );
    const { port, close } = await openDoor(door, new FakePort(), {}, { certificates });
    endings.push(close, async () => certificates.close());
    const scheme = { native: 'tcps', grpc: 'grpcs', http: 'https', msgpack: 'msgpack' }[door];
    const come = (pair: { cert: string; key: string }): Promise<[string, string]> =>
      welcome(door, `${scheme}://127.0.0.1:${port}`, { tls: { ca: authority.cert, ...pair } }, 1n);
    assert.deepEqual(await come(good!), ['ok', 'ok']);
    for (const answer of await come(revoked!)) assert.notEqual(answer, 'ok');
  });
}

const STATUS: { readonly [answer in Answer]: grpc.status } = {
  ok: grpc.status.OK,
  forbidden: grpc.status.PERMISSION_DENIED,
  unauthenticated: grpc.status.UNAUTHENTICATED,
};
/** One event, an empty message. */
const ONE_EVENT = Buffer.from([0x0a, 0]);

function called(client: grpc.Client, path: string, metadata: grpc.Metadata): Promise<grpc.status> {
  const same = (bytes: Buffer): Buffer => bytes;
  const deadline = { deadline: Date.now() + 3000 };
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, same, same, ONE_EVENT, metadata, deadline, (error) =>
      resolve(error?.code ?? grpc.status.OK),
    );
  });
}

/** The change feed as a stream: it is for those who may ask for changes. */
const FOLLOW = 'follow_changes';

/** How a feed begins: with its headers, or with the refusal. */
function followed(client: grpc.Client, path: string, metadata: grpc.Metadata): Promise<grpc.status> {
  const same = (bytes: Buffer): Buffer => bytes;
  const feed = client.makeServerStreamRequest(path, same, same, Buffer.alloc(0), metadata, {
    deadline: Date.now() + 3000,
  });
  return new Promise((resolve) => {
    feed.once('metadata', () => setTimeout(() => feed.cancel(), 50));
    feed.on('data', () => {});
    feed.once('error', (error: grpc.ServiceError) => {
      resolve(error.code === grpc.status.CANCELLED ? grpc.status.OK : error.code);
    });
  });
}

test('gRPC: every method that reflection names has a row, or is for strangers and those who reflect', async () => {
  const methods = describedFiles.flatMap(({ service, symbols }) =>
    symbols
      .filter((symbol) => symbol.startsWith(`${service}.`))
      .map((symbol) => [service, symbol.slice(service.length + 1)] as const),
  );
  const number = await open('grpc');
  const rows = methods.map(([service, method]) => {
    const name = method.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    return { path: `/${service}/${method}`, service, name, isKnown: names.includes(name) };
  });
  assert.deepEqual(rows.filter(({ isKnown }) => isKnown).length, names.length);
  for (const { service, name } of rows.filter(({ isKnown }) => !isKnown)) {
    const isOther = name === 'submit' || name === FOLLOW;
    assert.ok(service.startsWith('grpc.') || isOther, `${service} ${name} has no row`);
  }
  for (const [who, credential, row] of callers) {
    const client = new grpc.Client(`127.0.0.1:${number}`, grpc.credentials.createInsecure());
    const metadata = new grpc.Metadata();
    if (credential !== undefined) metadata.set('authorization', `Bearer ${credential}`);
    for (const { path, name } of rows.filter(({ isKnown }) => isKnown)) {
      // Transfers of nothing but zeros are no message: protobuf leaves zeros out.
      if (name === 'create_transfers') continue;
      assert.equal(await called(client, path, metadata), STATUS[row(name)], `${who} ${path}`);
    }
    const { path } = rows.find(({ name }) => name === FOLLOW)!;
    assert.equal(await followed(client, path, metadata), STATUS[row('get_change_events')], `${who} ${path}`);
    client.close();
  }
});

/** The document itself, and who its reader is: for everybody who is known. */
const DOCUMENT = 'document';

/** What a path of the document stands for; one without a row fails. */
const ROUTES: { readonly [route: string]: string } = {
  'get /v1/accounts': 'query_accounts',
  'post /v1/accounts': 'create_accounts',
  'get /v1/transfers': 'query_transfers',
  'post /v1/transfers': 'create_transfers',
  'get /v1/accounts/{id}': 'lookup_accounts',
  'get /v1/transfers/{id}': 'lookup_transfers',
  'get /v1/accounts/{id}/transfers': 'get_account_transfers',
  'get /v1/accounts/{id}/balances': 'get_account_balances',
  'get /v1/changes': 'get_change_events',
  'get /openapi.json': DOCUMENT,
  'get /v1/identity': DOCUMENT,
  ...Object.fromEntries(names.map((name) => [`post /v1/${name}`, name])),
};

test('HTTP: every method of every path in the OpenAPI document has a row', async () => {
  const number = await open('http');
  const { paths } = openApi(httpRoutes) as { readonly paths: { readonly [path: string]: object } };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method, path] as const),
  );
  for (const [method, path] of routes) {
    const name = ROUTES[`${method} ${path}`];
    assert.ok(name !== undefined, `${method} ${path} has no row`);
    for (const [who, credential, row] of callers) {
      const { status } = await fetch(`http://127.0.0.1:${number}${path.replace('{id}', '1')}`, {
        method: method.toUpperCase(),
        headers: {
          ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
          'content-type': 'application/json',
        },
        ...(method === 'post' ? { body: '[]' } : {}),
      });
      const heard = { 401: 'unauthenticated', 403: 'forbidden' }[status] ?? 'ok';
      const least = row('lookup_accounts');
      const expected: string = name !== DOCUMENT ? row(name) : least === 'unauthenticated' ? least : 'ok';
      // An empty request is refused to nobody who is known; the operation behind it is asked for above.
      if (method === 'post' && expected !== 'unauthenticated') assert.notEqual(heard, 'unauthenticated');
      else assert.equal(heard, expected, `${who}: ${method} ${path}`);
    }
  }
});
