/** `tallystick serve` and its clients, each a process of its own: what is promised when either of them is killed. */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createClient, open, CreateTransferStatus as Status, TransferBatch } from '../../src/index.ts';
import { clientSuite } from '../../testing/conformance/client-suite.ts';
import { Served } from '../support/served.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
delete process.env.TALLYSTICK_DIR;
const folder = mkdtempSync(join(tmpdir(), 'tallystick-serve-'));
const socket = join(folder, 'socket');
let shared: Served;
before(async () => {
  shared = await Served.start(join(folder, 'shared'), { args: ['--cluster', '7', '--socket', socket] });
});
after(async () => {
  await shared.end();
  rmSync(folder, { recursive: true, force: true });
});

clientSuite('the client over tcp', () => createClient({ cluster_id: 7n, replica_addresses: [shared.port] }));
clientSuite('the client over a socket of this machine', () =>
  createClient({ cluster_id: 7n, replica_addresses: [`unix:${socket}`] }),
);

test('a program for tigerbeetle-node runs against a server', () => {
  const example = join(import.meta.dirname, '..', '..', 'examples', 'drop-in.js');
  const printed = execFileSync(process.execPath, [example], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, TB_ADDRESS: `${shared.port}`, NODE_TEST_CONTEXT: undefined },
  });
  assert.match(printed, /^accounts: 2\ntransfers: 1\ndebits 10n credits 0n\ndebits 0n credits 10n\n$/);
});

test('another cluster is refused by name, and 0 means any', async () => {
  await assert.rejects(connect(shared.address, { cluster: 8n }), { code: 'wrong_cluster' });
  const ledger = await connect(shared.address);
  assert.equal(ledger.server?.cluster, 7n);
  await ledger.close();
});

const accounts = [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 }));
const BATCH = 400;

function batchFrom(first: number): TransferBatch {
  const batch = new TransferBatch(BATCH);
  for (let index = 0; index < BATCH; index++) {
    const both = { debit_account_id: 1n, credit_account_id: 2n };
    batch.add({ ...both, id: BigInt(first + index), amount: 1n, ledger: 1, code: 1 });
  }
  return batch;
}

const LANES = 8;
/** Batches that are acknowledged before a server is ended. */
const ENOUGH = 40;

/**
 * Sends batches, several in flight, until calls reject; `enough` is called when {@link ENOUGH} are acknowledged. Tells
 * what was.
 */
async function flood(
  address: string,
  enough: () => Promise<unknown>,
): Promise<{ acknowledged: number[]; codes: Set<string> }> {
  const ledger = await connect(address, { reconnectTimeoutMs: 0 });
  await ledger.createAccounts(accounts);
  const acknowledged: number[] = [];
  let ending: Promise<unknown> = Promise.resolve();
  const codes = new Set<string>();
  let next = 1;
  const lane = async (): Promise<void> => {
    for (;;) {
      const first = next;
      next += BATCH;
      try {
        const results = await ledger.createTransfers(batchFrom(first));
        assert.equal(results.firstFailure(), -1);
        if (acknowledged.push(first) === ENOUGH) ending = enough();
      } catch (error) {
        codes.add((error as { code: string }).code);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await ending;
  await ledger.close();
  return { acknowledged, codes };
}

/** Opens the folder here: every acknowledged transfer is there, once, and the balances are those of what is there. */
async function checked(path: string, acknowledged: readonly number[]): Promise<void> {
  const ledger = await open(path);
  for (const first of acknowledged) {
    const found = await ledger.lookupTransfers(Array.from({ length: BATCH }, (_, index) => BigInt(first + index)));
    assert.equal(found.length, BATCH, `the transfers from ${first} on were acknowledged`);
  }
  const [debit, credit] = await ledger.lookupAccounts([1n, 2n]);
  let stored = 0;
  for (let after = 0n; ; ) {
    const found = await ledger.queryTransfers({ limit: 8189, timestamp_min: after + 1n });
    if (found.length === 0) break;
    stored += found.length;
    after = found.at(-1)!.timestamp;
  }
  assert.equal(debit!.debits_posted, BigInt(stored));
  assert.equal(credit!.credits_posted, BigInt(stored));
  assert.ok(stored >= acknowledged.length * BATCH);
  const unanswered = Math.max(...acknowledged) + BATCH;
  const again = await ledger.createTransfers(batchFrom(unanswered));
  for (let index = 0; index < BATCH; index++) {
    assert.ok([Status.created, Status.exists].includes(again.status(index) as never));
  }
  await ledger.close();
}

test('kill -9 under load: no acknowledged transfer is lost and none is doubled', async () => {
  const path = join(folder, 'killed');
  const served = await Served.start(path);
  const { acknowledged, codes } = await flood(served.address, () => served.end('SIGKILL'));
  assert.deepEqual([...codes], ['connection_lost']);
  await checked(path, acknowledged);
});

test('kill -9 under load at the socket: the same, and the file left does not keep the next server out', async () => {
  const path = join(folder, 'killed-local');
  const file = join(folder, 'killed.sock');
  const served = await Served.start(path, { args: ['--socket', file] });
  const { acknowledged, codes } = await flood(`unix:${file}`, () => served.end('SIGKILL'));
  assert.deepEqual([...codes], ['connection_lost']);
  assert.ok(existsSync(file), 'nobody took it away');
  await checked(path, acknowledged);
  const next = await Served.start(path, { args: ['--socket', file] });
  const ledger = await connect(`unix:${file}`);
  const [debit] = await ledger.lookupAccounts([1n]);
  assert.ok(debit!.debits_posted > 0n);
  await ledger.close();
  assert.equal(await next.end(), 0);
  assert.ok(!existsSync(file));
});

test('SIGTERM under load: what was sent is answered, then it ends with 0', async () => {
  const path = join(folder, 'drained');
  const served = await Served.start(path);
  let code: number | null = null;
  const { acknowledged, codes } = await flood(served.address, async () => {
    code = await served.end('SIGTERM');
  });
  assert.equal(code, 0);
  assert.deepEqual([...codes], ['unreachable'], 'nothing that was sent is unknown');
  await checked(path, acknowledged);
});

test('a client with retry goes on when its server is killed and comes back', async () => {
  const path = join(folder, 'back');
  const first = await Served.start(path);
  const ledger = await connect(first.address, { retry: true, reconnectTimeoutMs: 30_000 });
  await ledger.createAccounts(accounts);
  let sent = 0;
  let stop = false;
  const statuses = new Set<number>();
  const flooding = (async (): Promise<void> => {
    for (; !stop; sent += BATCH) {
      const results = await ledger.createTransfers(batchFrom(1 + sent));
      for (let index = 0; index < results.count; index++) statuses.add(results.status(index));
    }
  })();
  await sleep(300);
  await first.end('SIGKILL');
  const second = await Served.start(path, { port: first.port });
  const before = sent;
  while (sent < before + 5 * BATCH) await sleep(5);
  stop = true;
  await flooding;
  for (const status of statuses) assert.ok(status === Status.created || status === Status.exists);
  const [debit] = await ledger.lookupAccounts([1n]);
  assert.equal(debit!.debits_posted, BigInt(sent));
  await ledger.close();
  assert.equal(await second.end(), 0);
});

test('a second signal does not wait', async () => {
  const served = await Served.start(':memory:');
  const ledger = await connect(served.address);
  await ledger.ping();
  // A client that does not hear goodbye, for it is stopped, keeps the server waiting.
  const deaf = await import('../support/native-peer.ts').then(({ NativePeer }) =>
    NativePeer.greeted({ host: '127.0.0.1', port: served.port }),
  );
  served.child.kill('SIGTERM');
  await sleep(200);
  assert.equal(served.child.exitCode, null, 'it waits for the client to leave');
  assert.equal(await served.end('SIGTERM'), 1);
  deaf.socket.destroy();
  await ledger.close();
});

test('conform replays a trace on a server, and only on one that was started for it', async () => {
  const trace = join(folder, 'trace.jsonl');
  const account = Buffer.alloc(128);
  account.writeUInt8(1, 0);
  account.writeUInt32LE(1, 112);
  account.writeUInt16LE(1, 116);
  const result = Buffer.alloc(16);
  result.writeBigUInt64LE(1000n);
  result.writeUInt32LE(0xffff_ffff, 8);
  const lines = [
    { op: 'create_accounts', timestamp: '1000', events: [account.toString('hex')], results: [result.toString('hex')] },
    { op: 'wait' },
  ];
  writeFileSync(trace, lines.map((line) => JSON.stringify(line)).join('\n'));
  const conform = (address: string): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [main, 'conform', trace, trace, '--address', address], { encoding: 'utf8' });
  const replaying = await Served.start(':memory:', { args: ['--replay'] });
  const { status, stdout } = conform(replaying.address);
  assert.deepEqual([status, stdout], [0, '2 requests, 2 events, 0 differences\n']);
  await replaying.end();
  assert.match(conform(`unix:${socket}`).stderr, /^error invalid_argument: .*--replay/);
  assert.match(conform(shared.address).stderr, /^error invalid_argument: .*--replay/);
  await assert.rejects(Served.start(join(folder, 'real'), { args: ['--replay'] }), /invalid_argument/);
});
