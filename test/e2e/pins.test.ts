/**
 * Clients hold servers to the ledger that they know: real servers are killed, and others come to the same addresses.
 */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connect,
  createClient,
  type ExtendedClient,
  formatPin,
  type Pin,
  parsePin,
  type RemoteLedger,
} from '../../src/index.ts';
import { MessagePackClient } from '../../testing/ports/msgpack.ts';
import { until } from '../support/native-servers.ts';
import { ServedDoors } from '../support/served-doors.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
delete process.env.TALLYSTICK_DIR;
const root = mkdtempSync(join(tmpdir(), 'tallystick-pins-'));
const servers: ServedDoors[] = [];
after(async () => {
  await Promise.all(servers.map((server) => server.end('SIGKILL')));
  rmSync(root, { recursive: true, force: true });
});

const portOf = (url: string): string => new URL(url).port;

/** A server at the same addresses as `before`. */
async function start(folder: string, socket: string, before?: ServedDoors): Promise<ServedDoors> {
  const ports = ['native', 'grpc', 'http', 'msgpack'] as const;
  const same = before === undefined ? [] : ports.flatMap((door) => [flagOf(door), portOf(before.urls[door])]);
  const server = await ServedDoors.start(folder, ['--socket', socket, ...same]);
  servers.push(server);
  return server;
}

function flagOf(door: string): string {
  return `--${door === 'native' ? 'tcp' : door}-port`;
}

type AnyClient = RemoteLedger | ExtendedClient;
interface Known {
  readonly name: string;
  readonly client: AnyClient;
  readonly retry: boolean;
}

/** One of each of our clients, with `retry` and without. */
async function everyClient({ urls }: ServedDoors, socket: string, pin?: Pin): Promise<Known[]> {
  const addresses = { native: urls.native, unix: `unix:${socket}`, grpc: urls.grpc };
  const known: Known[] = [];
  for (const [name, address] of Object.entries(addresses)) {
    for (const retry of [true, false]) {
      const client = await connect(address, { retry, reconnectTimeoutMs: 60_000, ...(pin && { pin }) });
      known.push({ name: `${name}${retry ? ', retry' : ''}`, client, retry });
    }
  }
  const args = { cluster_id: 0n, replica_addresses: [portOf(urls.native)], ...(pin && { pin }) };
  known.push({ name: 'createClient', client: createClient(args), retry: true });
  return known;
}

let lastId = 0n;
const create = ({ client }: Known): Promise<unknown> => client.createAccounts([{ id: ++lastId, ledger: 1, code: 1 }]);
const close = ({ client }: Known): Promise<void> => client[Symbol.asyncDispose]();

/** All that it holds, as somebody sees it who knows nothing of it. */
async function contents({ urls }: ServedDoors): Promise<{ ids: bigint[]; pin: Pin }> {
  const ledger = await connect(urls.native);
  const all = Array.from({ length: Number(lastId) }, (_, index) => BigInt(index + 1));
  const found = await ledger.lookupAccounts(all);
  const pin = ledger.pin;
  await ledger.close();
  return { ids: found.map(({ id }) => id), pin };
}

/** Has calls in flight when the server is killed. Returns what became of them. */
async function killUnder(server: ServedDoors, clients: readonly Known[]): Promise<Promise<unknown>[]> {
  server.child.kill('SIGSTOP');
  const calls = clients.map(async (known) => {
    try {
      return await create(known);
    } catch (error) {
      return (error as { readonly code: string }).code;
    }
  });
  await sleep(50);
  await server.end('SIGKILL');
  // What is sent before a client has heard of the loss is lost with it.
  await Promise.all(calls.filter((_, index) => !clients[index]!.retry));
  return calls;
}

/** A ledger with an older copy, both closed. */
async function withCopy(name: string): Promise<{ folder: string; copy: string; socket: string }> {
  const folder = join(root, name);
  const copy = join(root, `${name}-copy`);
  const socket = join(root, `${name}.sock`);
  const server = await start(folder, socket);
  const ledger = await connect(server.urls.native);
  await ledger.createAccounts([{ id: ++lastId, ledger: 1, code: 1 }]);
  await ledger.close();
  await server.end();
  cpSync(folder, copy, { recursive: true });
  return { folder, copy, socket };
}

for (const [what, code] of [
  ['a new, empty ledger', 'ledger_changed'],
  ['an older copy', 'ledger_behind'],
] as const) {
  test(`${what} at the same address is sent nothing, and the right one goes on`, async () => {
    const { folder, copy, socket } = await withCopy(code);
    const right = await start(folder, socket);
    const clients = await everyClient(right, socket);
    for (const known of clients) await create(known);

    const inFlight = await killUnder(right, clients);
    const wrongFolder = code === 'ledger_changed' ? join(root, 'empty') : copy;
    const waiting = clients.map((known) => assert.rejects(create(known), { code, retriable: false }, known.name));
    const wrong = await start(wrongFolder, socket, right);
    const before = await contents(wrong);
    await Promise.all(waiting);
    for (const [index, outcome] of inFlight.entries()) {
      const { name, retry } = clients[index]!;
      assert.equal(await outcome, retry ? code : 'connection_lost', name);
    }
    for (const known of clients) {
      await assert.rejects(create(known), { code }, known.name);
      await assert.rejects(known.client.lookupAccounts([1n]), { code }, known.name);
    }
    const after = await contents(wrong);
    assert.deepEqual(after, before);
    assert.ok(clients.every(({ client }) => client.pin!.lastOp >= before.pin.lastOp));

    await wrong.end();
    const again = await start(folder, socket, right);
    for (const known of clients) assert.deepEqual(await known.client.lookupAccounts([0n]), [], known.name);
    for (const known of clients) await create(known);
    const { pin } = await contents(again);
    for (const { client } of clients) assert.equal(client.pin!.ledgerId, pin.ledgerId);
    await Promise.all(clients.map(close));
    await again.end();
  });
}

test('a pin that a program has kept holds after it was started again, at every door', async () => {
  const { folder, copy, socket } = await withCopy('kept');
  const right = await start(folder, socket);
  const ledger = await connect(right.urls.grpc);
  await ledger.createAccounts([{ id: ++lastId, ledger: 1, code: 1 }]);
  const text = formatPin(ledger.pin);
  await ledger.close();
  for (const known of await everyClient(right, socket, parsePin(text))) {
    await create(known);
    await close(known);
  }
  await right.end();

  const older = await start(copy, socket, right);
  const { urls } = older;
  for (const address of [urls.native, urls.grpc, `unix:${socket}`]) {
    await assert.rejects(connect(address, { pin: parsePin(text) }), {
      code: 'ledger_behind',
      message: /up to op \d+; the client has heard of op \d+/,
    });
  }
  const args = { cluster_id: 0n, replica_addresses: [portOf(urls.native)], pin: parsePin(text) };
  const tigerbeetle = createClient(args);
  await assert.rejects(tigerbeetle.lookupAccounts([1n]), { code: 'ledger_behind' });
  await tigerbeetle[Symbol.asyncDispose]();
  // Whoever means the older state says so, by saying nothing.
  const restored = await connect(urls.native);
  assert.ok(restored.pin.lastOp < parsePin(text).lastOp);
  await restored.close();
  await older.end();
});

test('HTTP and MessagePack tell the pin, and hold a request or a connection to the one it brings', async () => {
  const { folder, copy, socket } = await withCopy('others');
  const right = await start(folder, socket);
  const ask = async ({ urls }: ServedDoors, pin?: string, id = ++lastId): Promise<Response> =>
    fetch(`${urls.http}/v1/accounts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(pin === undefined ? {} : { 'tallystick-pin': pin }) },
      body: JSON.stringify({ id: String(id), ledger: 1, code: 1 }),
    });
  const first = await ask(right);
  const pin = first.headers.get('tallystick-pin')!;
  const second = await ask(right, pin);
  assert.equal(second.status, 200);
  const newest = second.headers.get('tallystick-pin')!;
  assert.equal(parsePin(newest).lastOp, parsePin(pin).lastOp + 1n);
  assert.equal((await ask(right, 'nonsense')).status, 400);

  const hello = async ({ urls }: ServedDoors, brought?: unknown) => {
    const client = new MessagePackClient(Number(portOf(urls.msgpack)));
    const greeted = client.call('hello', undefined, brought === undefined ? {} : { pin: brought });
    const behind = client.call('create_accounts', [{ id: ++lastId, ledger: 1, code: 1 }]);
    const both = [await greeted, await behind] as const;
    await client.close();
    return both;
  };
  const [greeted, answered] = await hello(right, newest);
  assert.equal((greeted as { readonly pin?: string }).pin, newest);
  assert.equal(answered.error, undefined);
  await right.end();

  for (const [wrongFolder, code] of [
    [join(root, 'others-empty'), 'ledger_changed'],
    [copy, 'ledger_behind'],
  ] as const) {
    const wrong = await start(wrongFolder, socket, right);
    const before = await contents(wrong);
    const refused = await ask(wrong, newest);
    assert.equal(refused.status, 412);
    const problem = (await refused.json()) as { readonly code: string; readonly retriable: boolean };
    assert.deepEqual([problem.code, problem.retriable], [code, false]);
    const [turnedAway, neverTaken] = await hello(wrong, newest);
    assert.equal(turnedAway.error?.code, code);
    assert.equal(neverTaken.error?.code, 'connection_lost');
    assert.deepEqual(await contents(wrong), before);
    await wrong.end();
  }
});

test('commands hold a server to the pin that they are given', async () => {
  const { folder, socket } = await withCopy('commands');
  const server = await start(folder, socket);
  const { pin } = await contents(server);
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 60_000 });
  const newer = formatPin({ ...pin, lastOp: pin.lastOp + 9n });
  for (const url of [server.urls.native, server.urls.grpc]) {
    assert.equal(run('repl', url, '--command', 'query_accounts', '--pin', formatPin(pin)).status, 0);
    for (const words of [
      ['repl', url, '--command', 'query_accounts', '--pin', newer],
      ['export', url, '--pin', newer],
    ]) {
      const { status, stdout, stderr } = run(...words);
      assert.deepEqual([status, stdout], [2, ''], stderr);
      assert.match(stderr, /ledger_behind/);
    }
  }
  await server.end();
  for (const words of [
    ['repl', folder],
    ['export', folder],
    ['import', 'book.beancount', '--into', folder],
  ]) {
    const { status, stderr } = run(...words, '--pin', formatPin(pin));
    assert.equal(status, 2);
    assert.match(stderr, /--pin goes with the address of a server/);
  }
  assert.match(run('repl', server.urls.native, '--pin', 'nonsense').stderr, /nonsense is not a pin/);
});

test('a ledger in the memory of a server that was started again is another one', async () => {
  const socket = join(root, 'memory.sock');
  const first = await start(':memory:', socket);
  const ledger = await connect(first.urls.native, { retry: true });
  await first.end();
  const second = await start(':memory:', socket, first);
  await until(() => ledger.server === undefined);
  await assert.rejects(ledger.lookupAccounts([1n]), { code: 'ledger_changed' });
  await ledger.close();
  await second.end();
});
