/**
 * Tokens that expire while their connection lives, at every door: what was taken is answered, nothing else is, and who
 * can come back with a fresh one does.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Access, type Authenticator, accessOf, inRole } from '../../../packages/server/src/identity/index.ts';
import {
  GrpcServer,
  HttpServer,
  Ingress,
  MessagePackServer,
  NativeServer,
} from '../../../packages/server/src/server/index.ts';
import { connect } from '../../../src/client/index.ts';
import {
  ChangeEventsFilterOffset,
  FrameStatus,
  Operation,
  type Port,
  TallystickError,
} from '../../../src/model/index.ts';
import { Control, decodeError } from '../../../src/wire/index.ts';
import { FakePort, resultsOf } from '../../../testing/ports/fake-port.ts';
import { HeldPort } from '../../../testing/ports/held-port.ts';
import { MessagePackClient } from '../../../testing/ports/msgpack.ts';
import { frameOf, helloFrame, NativePeer } from '../../support/native-peer.ts';
import { addressOf } from '../../support/tcp.ts';

const endings: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

let serial = 0;
/** One that says how long it lives once it was seen, and for how much longer it is believed: milliseconds. */
const tokenFor = (milliseconds: number, grace = milliseconds): string => `${serial++}/${milliseconds}/${grace}`;

const seen = new Map<string, { readonly expires: number; readonly until: number }>();
const authenticator: Authenticator = {
  authenticate: async (token = '') => {
    const [, milliseconds, grace] = token.split('/').map(Number) as [number, number, number];
    const expires = Date.now() + milliseconds;
    const expiry = seen.get(token) ?? { expires, until: expires + grace };
    seen.set(token, expiry);
    if (!(Date.now() < expiry.until)) throw new TallystickError('unauthenticated', 'the token has expired');
    return { ...inRole('payments', 'write', 'token'), expiry };
  },
};

async function native(port: Port): Promise<NativeServer> {
  const lanes = new Ingress(port);
  const known = async (token: string | undefined): Promise<Access> =>
    accessOf(lanes, await authenticator.authenticate(token));
  const server = await NativeServer.listen(known, { port: 0 });
  endings.push(() => server.drain(50));
  return server;
}

async function grpc(port: Port): Promise<string> {
  const server = await GrpcServer.listen(new Ingress(port), { port: 0, authenticator });
  endings.push(() => server.drain(50));
  return `grpc://127.0.0.1:${server.address.port}`;
}

async function http(port: Port): Promise<string> {
  const server = await HttpServer.listen(new Ingress(port), { authenticator, pollMs: 5 });
  const { port: number } = server.address;
  endings.push(() => server.drain(50));
  return `http://127.0.0.1:${number}`;
}

const lookup = (request: number): Uint8Array =>
  frameOf({ operation: Operation.lookup_accounts, request, count: 1 }, new Uint8Array(16));
const transfer = (id: bigint) => ({ id, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 });

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!holds()) {
    assert.ok(performance.now() < end, `not within a minute: ${holds}`);
    await sleep(2);
  }
}

const feed = (url: string, accept: string, token: string, query = ''): Promise<Response> =>
  fetch(`${url}/v1/changes${query}`, { headers: { accept, authorization: `Bearer ${token}` } });

// They all wait for clocks: at the same time.
describe('a token that expires', { concurrency: true }, () => {
  test('native: whoever is asked to leave and stays is answered what was taken, and hears why no more', async () => {
    const port = new HeldPort();
    const server = await native(port);
    const peer = await NativePeer.open(server.address);
    const token = tokenFor(500, 2500);
    peer.send(helloFrame(0n, token), lookup(1));
    assert.equal((await peer.next())!.operation, Control.hello);
    const asked = await peer.next();
    assert.deepEqual([asked!.operation, asked!.status], [Control.goodbye, FrameStatus.ok]);
    const { expires, until: end } = seen.get(token)!;
    assert.ok(Date.now() >= expires);
    // It may go on for a while.
    peer.send(lookup(2));
    await until(() => port.held.length === 2);
    await sleep(end + 20 - Date.now());
    peer.send(lookup(3));
    await sleep(20);
    assert.equal(port.held.length, 2, 'nothing more is taken');
    for (const answer of port.held) answer();
    assert.deepEqual([(await peer.next())!.request, (await peer.next())!.request], [1, 2]);
    const why = await peer.next();
    assert.deepEqual([why!.operation, why!.status], [Control.goodbye, FrameStatus.error]);
    const error = decodeError(why!.body);
    assert.equal(error.code, 'unauthenticated');
    assert.match(`${error.message} ${error.next}`, /expired.*fresh.*[Cc]onnect again/);
    assert.ok(await peer.endsWithin(5000));
  });

  test('native: a client with a function comes back with a fresh token, and its callers notice nothing', async () => {
    const port = new FakePort();
    const ids: bigint[] = [];
    port.answer = ({ cells, count }) => {
      for (let at = 0; at < count; at++) ids.push(cells.view.getBigUint64(at * 128, true));
      return resultsOf(count, 0xffff_ffff);
    };
    const server = await native(port);
    let tokens = 0;
    const ledger = await connect(addressOf(server), {
      token: async () => {
        tokens++;
        return tokenFor(150, 20_000);
      },
    });
    let next = 1n;
    const caller = async (): Promise<void> => {
      while (tokens < 5) {
        await ledger.createTransfers([transfer(next++)]);
        await sleep(1);
      }
    };
    await Promise.all([caller(), caller(), caller(), caller()]);
    await ledger.close();
    assert.equal(new Set(ids).size, ids.length, 'nothing was sent twice');
    assert.equal(ids.length, Number(next - 1n));
  });

  test('native: with a token that is only text the client is refused by name once it has expired', async () => {
    const server = await native(new FakePort());
    const ledger = await connect(addressOf(server), { token: tokenFor(500) });
    endings.push(() => ledger.close());
    await ledger.lookupAccounts([1n]);
    await sleep(1100);
    await assert.rejects(ledger.lookupAccounts([1n]), { code: 'unauthenticated' });
  });

  test('native: a token that cannot be had is asked for again, as long as calls wait for a connection', async () => {
    const server = await native(new FakePort());
    const broken = new Error('the issuer is away');
    let failures = 0;
    const token = (): string => {
      if (failures-- > 0) throw broken;
      return tokenFor(40, 20_000);
    };
    const ledger = await connect(addressOf(server), { token, reconnectTimeoutMs: 1500 });
    endings.push(() => ledger.close());
    failures = 3;
    await until(() => ledger.server === undefined);
    assert.deepEqual(await ledger.lookupAccounts([1n]), []);
    failures = Number.POSITIVE_INFINITY;
    await until(() => ledger.server === undefined);
    await assert.rejects(ledger.lookupAccounts([1n]), broken);
    await assert.rejects(connect(addressOf(server), { token }), broken);
    const never = (): Promise<string> => new Promise(() => {});
    await assert.rejects(connect(addressOf(server), { token: never, connectTimeoutMs: 30 }), { code: 'timed_out' });
    const left = new AbortController();
    const leaving = connect(addressOf(server), { token: never, signal: left.signal });
    left.abort(broken);
    await assert.rejects(leaving, broken);
  });

  test('native: what the server did not take any more is sent again with a fresh token, creates too', async () => {
    const port = new HeldPort();
    const server = await native(port);
    let tokens = 0;
    // Believed for clocks' sake only, and so not asked to leave.
    const token = (): string => (tokens++ === 0 ? tokenFor(-1, 3001) : tokenFor(60_000));
    const ledger = await connect(addressOf(server), { token });
    endings.push(() => ledger.close());
    const first = ledger.lookupAccounts([1n]);
    await until(() => port.held.length === 1);
    await sleep(3100);
    const second = ledger.createTransfers([transfer(1n)]);
    await sleep(20);
    assert.equal(port.held.length, 1, 'nothing more is taken');
    port.held[0]!();
    assert.deepEqual(await first, []);
    await until(() => port.held.length === 2);
    port.held[1]!();
    assert.equal((await second).length, 1);
    assert.equal(tokens, 2);
  });

  test('messagepack: what was taken is answered, then it is said why the connection ends', async () => {
    const port = new HeldPort();
    const server = await MessagePackServer.listen(new Ingress(port), { authenticator });
    const at = server.address;
    endings.push(() => server.drain(50));
    const client = new MessagePackClient(at.port);
    await client.call('hello', undefined, { token: tokenFor(1500) });
    const taken = client.call('lookup_accounts', [1]);
    await sleep(3100);
    const late = client.call('lookup_accounts', [2]);
    await sleep(20);
    assert.equal(port.held.length, 1, 'nothing more is taken');
    assert.deepEqual(client.others, []);
    port.held[0]!();
    assert.deepEqual((await taken).results, []);
    assert.equal((await late).error?.code, 'connection_lost');
    await client.closed;
    const [why, ...more] = client.others as { id: null; error: { code: string; message: string; next: string } }[];
    assert.deepEqual([why!.id, why!.error.code, more], [null, 'unauthenticated', []]);
    assert.match(`${why!.error.message} ${why!.error.next}`, /expired.*fresh.*[Cc]onnect again/);
  });

  test('grpc: a stream answers what it has taken and ends; what it has not taken goes with a fresh token', async () => {
    const port = new HeldPort();
    const address = await grpc(port);
    let tokens = 0;
    const ledger = await connect(address, {
      token: async () => {
        tokens++;
        return tokenFor(1500);
      },
    });
    endings.push(() => ledger.close());
    const taken = ledger.lookupAccounts([1n]);
    await until(() => port.held.length === 1);
    await sleep(3100);
    const late = ledger.createTransfers([transfer(1n)]);
    await sleep(20);
    assert.equal(port.held.length, 1, 'nothing more is taken');
    port.held[0]!();
    assert.deepEqual(await taken, []);
    await until(() => port.held.length === 2);
    port.held[1]!();
    await late;
    assert.equal(tokens, 2);
    const broken = new Error('the issuer is away');
    const without = await connect(address, {
      token: () => {
        throw broken;
      },
    }).then(
      async (opened) => {
        await assert.rejects(opened.lookupAccounts([1n]), broken);
        await opened.close();
      },
      (error: unknown) => assert.equal(error, broken),
    );
    assert.equal(without, undefined);
  });

  test('http: feeds end with the token, one of events says why', async () => {
    const url = await http(new FakePort());
    const began = Date.now();
    const events = await feed(url, 'text/event-stream', tokenFor(500));
    assert.equal(events.status, 200);
    const text = await events.text();
    assert.ok(Date.now() >= began + 1000);
    const [, data] = /^event: end\ndata: (.*)\n\n$/m.exec(text)!;
    assert.equal((JSON.parse(data!) as { code: string }).code, 'unauthenticated');
    const lines = await feed(url, 'application/x-ndjson', tokenFor(300));
    assert.equal((await lines.text()).trim(), '');
    assert.equal((await feed(url, 'application/x-ndjson', tokenFor(-100))).status, 401);
  });

  test('http: a feed that was to end with the newest change does not look as if it had', async () => {
    const port = new FakePort();
    // There is always one more.
    port.answer = async ({ cells }) => {
      await sleep(10);
      const limit = cells.view.getUint32(ChangeEventsFilterOffset.limit, true);
      const page = new DataView(new ArrayBuffer(limit * 384));
      for (let at = 0; at < limit; at++) page.setBigUint64(at * 384 + 376, BigInt(at + 1), true);
      return new Uint8Array(page.buffer);
    };
    const url = await http(port);
    const lines = await feed(url, 'application/x-ndjson', tokenFor(500), '?follow=false');
    assert.equal(lines.status, 200);
    await assert.rejects(lines.text(), TypeError);
  });
});
