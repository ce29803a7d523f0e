/** What every door makes of a deadline, and of a client that hangs up: the ledger behind it hears of both. */
import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../../src/client/index.ts';
import { type Context, type Port, type Request, TallystickError } from '../../../src/model/index.ts';
import { MessagePackClient } from '../../../testing/ports/msgpack.ts';
import { openDoor } from '../../support/door-servers.ts';
import type { DoorName } from '../../support/served-doors.ts';

/** A ledger that never answers, and gives up as the real one does. */
class Silent implements Port {
  readonly eventsMax = 8189;
  readonly asked: Context[] = [];
  gone = 0;
  readonly #unanswered: ((error: unknown) => void)[] = [];

  request<T>({ context }: Request<T>): Promise<T> {
    this.asked.push(context);
    return new Promise((_, reject) => {
      this.#unanswered.push(reject);
      const { timeoutMs, signal } = context;
      if (timeoutMs !== undefined && timeoutMs < 10_000) {
        setTimeout(() => reject(new TallystickError('deadline_exceeded')), timeoutMs);
      }
      signal?.addEventListener('abort', () => {
        this.gone++;
        reject(signal.reason);
      });
    });
  }

  close(): Promise<void> {
    for (const reject of this.#unanswered) reject(new TallystickError('closed'));
    return Promise.resolve();
  }
}

interface Asked {
  /** Rejects or resolves with what the client hears. */
  readonly answer: Promise<unknown>;
  /** The client is gone, without a word. */
  hangUp(): void;
}

const FILTER = { code: 1, limit: 10 };

/** A request in HTTP/2, as far as a unary call of gRPC needs one; resolves with the code in the trailers. */
function unary(port: number, headers: Record<string, string>): Asked {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/tallystick.v1.Ledger/QueryTransfers',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  // One filter as it lies in memory, in field 2.
  const message = Buffer.alloc(5 + 2 + 64);
  message.set([0, 0, 0, 0, 66, 18, 64]);
  message.writeUInt32LE(10, 7 + 56);
  stream.end(message);
  stream.resume();
  const answer = new Promise((resolve) => {
    stream.on('error', () => resolve('lost'));
    stream.once('response', (heard) => resolve(heard['tallystick-code']));
  });
  return { answer: answer.finally(() => session.destroy()), hangUp: () => session.destroy() };
}

const callers: { readonly [door in DoorName]?: (port: number, timeoutMs: number | undefined) => Promise<Asked> } = {
  async native(port, timeoutMs) {
    const ledger = await connect(`tcp://127.0.0.1:${port}`, { reconnectTimeoutMs: 1 });
    const answer = ledger.queryTransfers(FILTER, timeoutMs === undefined ? {} : { timeoutMs });
    await sleep(50);
    return { answer, hangUp: () => void ledger.close() };
  },
  async grpc(port, timeoutMs) {
    return unary(port, timeoutMs === undefined ? {} : { 'grpc-timeout': `${timeoutMs}m` });
  },
  async msgpack(port, timeoutMs) {
    const client = new MessagePackClient(port);
    const answer = client.call('query_transfers', [FILTER], timeoutMs === undefined ? {} : { timeout_ms: timeoutMs });
    return { answer: answer.then(({ error }) => error?.code), hangUp: () => client.socket.destroy() };
  },
  async http(port, timeoutMs) {
    const gone = new AbortController();
    const headers = timeoutMs === undefined ? undefined : { 'tallystick-timeout-ms': `${timeoutMs}` };
    const answer = fetch(`http://127.0.0.1:${port}/v1/transfers?code=1`, {
      signal: gone.signal,
      ...(headers === undefined ? {} : { headers }),
    }).then(async (response) => [response.status, ((await response.json()) as { code: string }).code]);
    return { answer, hangUp: () => gone.abort() };
  },
};

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let waited = 0; waited < 3000 && !holds(); waited += 5) await sleep(5);
  assert.ok(holds(), what);
}

async function door(t: TestContext, name: DoorName): Promise<{ readonly port: number; readonly ledger: Silent }> {
  const ledger = new Silent();
  const { port, close } = await openDoor(name, ledger);
  t.after(async () => {
    await ledger.close();
    await close();
  });
  return { port, ledger };
}

for (const [name, ask] of Object.entries(callers) as [DoorName, NonNullable<(typeof callers)[DoorName]>][]) {
  test(`${name}: a deadline is the ledger's too, and its passing has a name of its own`, async (t) => {
    const { port, ledger } = await door(t, name);
    const { answer } = await ask(port, 300);
    const heard = await answer.catch(({ code }: TallystickError) => code);
    assert.deepEqual(heard, name === 'http' ? [504, 'deadline_exceeded'] : 'deadline_exceeded');
    const { timeoutMs } = ledger.asked[0]!;
    assert.ok(timeoutMs !== undefined && timeoutMs > 0 && timeoutMs <= 300, `${timeoutMs} ms`);
  });

  test(`${name}: a query without a deadline has the server's, and ends when its client hangs up`, async (t) => {
    const { port, ledger } = await door(t, name);
    const { answer, hangUp } = await ask(port, undefined);
    answer.catch(() => undefined);
    await until(() => ledger.asked.length === 1, 'it is asked');
    const { timeoutMs, payer, share } = ledger.asked[0]!;
    assert.ok(timeoutMs !== undefined && timeoutMs > 50_000 && timeoutMs <= 60_000, `${timeoutMs} ms`);
    assert.ok(payer !== undefined && payer > 0, 'somebody pays');
    assert.equal(share, 1);
    if (name === 'native') return; // Its client waits for what it has asked, when it is closed.
    hangUp();
    await until(() => ledger.gone === 1, 'the ledger hears that nobody waits');
  });
}

test('native: a socket that is closed takes its queries with it', async (t) => {
  const { port, ledger } = await door(t, 'native');
  const socket = { destroy: (): void => undefined };
  const remote = await connect(`tcp://127.0.0.1:${port}`, {
    reconnectTimeoutMs: 1,
    timeoutMs: 4000,
    openSocket: (address, onread) => {
      const opened = connectSocket({ ...address, onread });
      socket.destroy = () => opened.destroy();
      return opened;
    },
  });
  const asked = Array.from({ length: 3 }, () => remote.queryTransfers(FILTER).catch(() => 'lost'));
  await until(() => ledger.asked.length === 3, 'they are asked');
  assert.equal(new Set(ledger.asked.map(({ payer }) => payer)).size, 1, 'one connection pays');
  socket.destroy();
  await until(() => ledger.gone >= 3, 'the ledger hears that nobody waits');
  void remote.close().catch(() => undefined);
  await Promise.all(asked);
});

test("gRPC's stream: each request has its own deadline, and the next is not held up by it", async (t) => {
  const { port, ledger } = await door(t, 'grpc');
  const remote = await connect(`grpc://127.0.0.1:${port}`, { timeoutMs: 100 });
  await assert.rejects(remote.queryTransfers(FILTER), { code: 'deadline_exceeded' });
  await assert.rejects(remote.lookupAccounts([1n], { timeoutMs: 50 }), { code: 'deadline_exceeded' });
  const [query] = ledger.asked;
  assert.ok(query?.timeoutMs !== undefined && query.timeoutMs <= 100, 'the server knows');
  void remote.close().catch(() => undefined);
});

test('a create that was sent and is not answered in time is unknown', async (t) => {
  const { port } = await door(t, 'native');
  const remote = await connect(`tcp://127.0.0.1:${port}`, { timeoutMs: 60 });
  await assert.rejects(remote.createAccounts([{ id: 1n, ledger: 1, code: 1 }]), { code: 'timed_out' });
});

test('a timeout that is none is refused by name', async (t) => {
  const { port } = await door(t, 'http');
  for (const timeout of ['0', '-1', '1.5', 'soon', '99999999999']) {
    const response = await fetch(`http://127.0.0.1:${port}/v1/transfers`, {
      headers: { 'tallystick-timeout-ms': timeout },
    });
    assert.equal(response.status, 400, timeout);
  }
  const client = new MessagePackClient((await door(t, 'msgpack')).port);
  const { error } = await client.call('query_transfers', [FILTER], { timeout_ms: 'soon' });
  assert.equal(error?.code, 'invalid_argument');
  await client.close();
});
