import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { test } from 'node:test';
import { CreateAccountStatus, connect } from 'tallystick';
import { type Loaded, loadConfiguration } from '../config/index.ts';
import { LedgerServer, startLog } from './index.ts';

const QUIET = {
  'tcp.port': '0',
  'grpc.port': 'off',
  'http.port': 'off',
  'msgpack.port': 'off',
  'metrics.port': 'off',
  'log.level': 'silent',
};

function load(flags: Readonly<Record<string, string>>): Loaded {
  return loadConfiguration({ flags: { ...QUIET, ...flags }, environment: {}, cwd: import.meta.dirname });
}

test('a server is opened, asked and closed by the program that it is part of', async () => {
  const loaded = load({ folder: ':memory:' });
  const server = await LedgerServer.prepare(loaded, await startLog(loaded));
  try {
    assert.deepEqual(server.urls, []);
    assert.equal(await server.open(new AbortController().signal), true);
    await using ledger = await connect(server.urls[0]!);
    const [account] = await ledger.createAccounts([{ id: 1n, ledger: 840, code: 1 }]);
    assert.equal(account!.status, CreateAccountStatus.created);
    assert.deepEqual(server.stuck, []);
  } finally {
    await server.close();
  }
  const { hostname, port } = new URL(server.urls[0]!);
  const [refused] = await once(connectSocket(Number(port), hostname), 'error');
  assert.equal(refused.code, 'ECONNREFUSED');
});

test('a server without a folder, or with a port that another has, is refused and leaves nothing open', async () => {
  const nowhere = load({});
  await assert.rejects(LedgerServer.prepare(nowhere, await startLog(nowhere)), { code: 'configuration_invalid' });
  const loaded = load({ folder: ':memory:' });
  const first = await LedgerServer.prepare(loaded, await startLog(loaded));
  try {
    await first.open(new AbortController().signal);
    const taken = load({ folder: ':memory:', 'tcp.port': new URL(first.urls[0]!).port });
    const second = await LedgerServer.prepare(taken, await startLog(taken));
    await assert.rejects(second.open(new AbortController().signal), { code: 'not_listening' });
    assert.deepEqual(second.urls, []);
    await second.close();
  } finally {
    await first.close();
  }
});
