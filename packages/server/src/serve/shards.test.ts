import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateTransferStatus, checkShards, connect, open } from 'tallystick';
import { type Loaded, loadConfiguration } from '../config/index.ts';
import { LedgerServer, startLog } from './index.ts';

const QUIET = {
  'tcp.port': '0',
  'grpc.port': 'off',
  'http.port': '0',
  'msgpack.port': 'off',
  'metrics.port': '0',
  'log.level': 'silent',
  create: 'true',
};
const ACCOUNTS = 40n;
const { created } = CreateTransferStatus;

function load(flags: Readonly<Record<string, string>>): Loaded {
  return loadConfiguration({ flags: { ...QUIET, ...flags }, environment: {}, cwd: import.meta.dirname });
}

async function serve(flags: Readonly<Record<string, string>>): Promise<LedgerServer> {
  const loaded = load(flags);
  const server = await LedgerServer.prepare(loaded, await startLog(loaded));
  try {
    await server.open(new AbortController().signal);
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function inFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const parent = mkdtempSync(join(tmpdir(), 'tallystick-test-'));
  try {
    await act(join(parent, 'books'));
  } finally {
    rmSync(parent, { recursive: true });
  }
}

test('a folder of shards is served as one ledger, through doors, and found again', () =>
  inFolder(async (folder) => {
    const ring = Array.from({ length: Number(ACCOUNTS) }, (_, i) => BigInt(i) + 1n);
    for (const round of [0n, 1n]) {
      const server = await serve({ folder, shards: '3' });
      try {
        await using ledger = await connect(server.urls[0]!);
        await ledger.createAccounts(ring.map((id) => ({ id, ledger: 840, code: 1 })));
        const results = await ledger.createTransfers(
          ring.map((id) => ({
            id: round * 1000n + id,
            debit_account_id: id,
            credit_account_id: (id % ACCOUNTS) + 1n,
            amount: 7n,
            ledger: 840,
            code: 1,
          })),
        );
        assert.ok(results.every(({ status }) => status === created));
        const answer = await fetch(`${server.urls[1]}/v1/query_transfers`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ limit: 1000 }),
        });
        assert.equal(((await answer.json()) as unknown[]).length, Number((round + 1n) * ACCOUNTS));
      } finally {
        await server.close();
      }
    }
    const shards = await Promise.all([0, 1, 2].map((shard) => open(join(folder, `shard-${shard}`))));
    const { problems, open: left, crossed } = await checkShards(shards);
    await Promise.all(shards.map((shard) => shard.close()));
    assert.deepEqual({ problems, left }, { problems: [], left: [] });
    assert.ok(crossed > 10, `${crossed} crossed`);
  }));

test('metrics tell shards apart, and say what settlement does', () =>
  inFolder(async (folder) => {
    const port = 20_000 + (process.pid % 20_000);
    const server = await serve({ folder, shards: '2', 'metrics.port': String(port) });
    try {
      await using ledger = await connect(server.urls[0]!);
      await ledger.createAccounts([1n, 2n, 3n, 4n, 5n, 6n].map((id) => ({ id, ledger: 840, code: 1 })));
      const transfer = { amount: 1n, ledger: 840, code: 1 };
      const pairs = [1n, 2n, 3n, 4n, 5n].map((id) => ({
        ...transfer,
        id,
        debit_account_id: id,
        credit_account_id: id + 1n,
      }));
      await ledger.createTransfers(pairs);
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      assert.match(text, /^tallystick_op\{shard="0"\} [1-9]/m);
      assert.match(text, /^tallystick_op\{shard="1"\} [1-9]/m);
      assert.match(text, /^tallystick_settlements_total\{outcome="settled"\} [1-9]/m);
      assert.match(text, /^tallystick_settlement_oldest_seconds 0$/m);
      const ready = await fetch(`http://127.0.0.1:${port}/ready`);
      assert.equal(ready.status, 200);
    } finally {
      await server.close();
    }
  }));

test('another number of shards, none, or a ledger in memory is refused, and nothing is made', () =>
  inFolder(async (folder) => {
    await (await serve({ folder, shards: '2' })).close();
    await assert.rejects(serve({ folder, shards: '3' }), { code: 'shards_invalid', message: /2 shards, and 3/ });
    await assert.rejects(serve({ folder }), { code: 'format_foreign', message: /a folder of 2 shards.*--shards 2/ });
    await assert.rejects(serve({ folder: ':memory:', shards: '2' }), { code: 'configuration_invalid' });
    assert.deepEqual(readdirSync(folder), ['shard-0', 'shard-1']);
    const alone = join(folder, '..', 'alone');
    await (await serve({ folder: alone })).close();
    await assert.rejects(serve({ folder: alone, shards: '2' }), { code: 'format_foreign' });
  }));

test('servers elsewhere are the shards of one that has no folder, and are proved right while they run', () =>
  inFolder(async (folder) => {
    const shards = [await serve({ folder: `${folder}-a` }), await serve({ folder: `${folder}-b` })];
    const shardServers = shards.map(({ urls }) => urls[0]!).join(',');
    const router = await serve({ shardServers });
    try {
      await using ledger = await connect(router.urls[0]!);
      const ids = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n];
      await ledger.createAccounts(ids.map((id) => ({ id, ledger: 840, code: 1 })));
      const pay = (id: bigint) => ({
        ...{ id: id + 100n, debit_account_id: id, credit_account_id: (id % 8n) + 1n },
        ...{ amount: 3n, ledger: 840, code: 1 },
      });
      const results = await ledger.createTransfers(ids.map(pay));
      assert.ok(results.every(({ status }) => status === created));
      const parts = await Promise.all(shards.map(({ urls }) => connect(urls[0]!)));
      const { problems, crossed } = await checkShards(parts);
      await Promise.all(parts.map((part) => part.close()));
      assert.deepEqual(problems, []);
      assert.ok(crossed > 0);
    } finally {
      await router.close();
      for (const shard of shards) await shard.close();
    }
  }));

test('a server that only passes on has no folder, no shards of its own and no services', () => {
  const shardServers = 'tcp://127.0.0.1:1,tcp://127.0.0.1:2';
  for (const flags of [{ folder: 'books' }, { shards: '2' }, { services: 'payments' }]) {
    assert.throws(() => load({ shardServers, ...flags }), { code: 'configuration_invalid', message: /shardServers/ });
  }
});
