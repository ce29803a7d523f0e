/**
 * A real TigerBeetle, one replica and three, told every promise that conformance.test.ts tells its fake; and
 * `tallystick serve` in front of it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatWords,
  NO_TIGERBEETLE,
  startWords,
  TIGERBEETLE,
  TigerBeetleCluster,
} from '../../packages/cluster/bench/tigerbeetle.ts';
import { connect, type Ledger } from '../../src/index.ts';
import { conformance } from '../../testing/conformance/conformance.ts';
import { Served } from '../support/served.ts';
import { excuses } from './excuses.ts';

const ANSWERS_MS = 30_000;
let cluster = 1n;

async function open(program: string, replicas: number): Promise<Ledger> {
  const started = await TigerBeetleCluster.start(program, replicas, cluster++);
  const ledger = await connect(started.address, { connectTimeoutMs: ANSWERS_MS });
  const close = ledger.close.bind(ledger);
  let ended: Promise<void> | undefined;
  ledger.close = () => {
    ended ??= close().then(() => started.stop());
    return ended;
  };
  return ledger;
}

test('replicas are formatted and started with the words of the documentation', () => {
  assert.equal(
    formatWords(0n, 3, 1, './0_1.tigerbeetle').join(' '),
    'format --cluster=0 --replica-count=3 --replica=1 ./0_1.tigerbeetle',
  );
  assert.equal(
    startWords(['127.0.0.1:3000', '127.0.0.1:3001'], './0_0.tigerbeetle').join(' '),
    'start --addresses=127.0.0.1:3000,127.0.0.1:3001 --cache-grid=256MiB ./0_0.tigerbeetle',
  );
});

if (TIGERBEETLE === undefined) {
  test('TigerBeetle with one replica and with three keeps the promises', { skip: NO_TIGERBEETLE }, () => {});
  test('`tallystick serve tigerbeetle://…` serves it at every door', { skip: NO_TIGERBEETLE }, () => {});
} else {
  const program = TIGERBEETLE;
  conformance({ name: 'TigerBeetle with one replica', open: () => open(program, 1), skip: excuses });
  conformance({ name: 'TigerBeetle with three replicas', open: () => open(program, 3), skip: excuses });

  test('`tallystick serve tigerbeetle://…` serves it at every door', async () => {
    const started = await TigerBeetleCluster.start(program, 3, cluster++);
    const args = ['--grpc-port', '0', '--http-port', '0', '--msgpack-port', '0', '--metrics-port', 'off'];
    await (await connect(started.address, { connectTimeoutMs: ANSWERS_MS })).close();
    const served = await Served.start(started.address, { args, isNew: false });
    try {
      const [native, grpc] = [served.address, served.urls.find((url) => url.startsWith('grpc'))!];
      const over = await connect(native);
      const [created] = await over.createAccounts([{ id: 7n, ledger: 1, code: 1 }]);
      assert.equal(created!.status, 0xffff_ffff);
      await over.close();
      const reader = await connect(grpc);
      assert.equal((await reader.lookupAccounts([7n])).length, 1);
      await reader.close();
    } finally {
      await served.end();
      await started.stop();
    }
  });
}
