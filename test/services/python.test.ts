/** The example of payments in Python, with the gRPC library that Google makes. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/folders.ts';
import { Served } from '../support/served.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const found = spawnSync('python3', ['-c', 'import grpc, grpc_tools'], { encoding: 'utf8' });
const skip = found.status === 0 ? false : 'python3 with the packages grpcio and grpcio-tools is not here';

test('examples/payments_client.py prints what it should', { skip }, async () => {
  const off = ['--msgpack-port', 'off', '--metrics-port', 'off', '--http-port', 'off'];
  const args = ['--services', 'payments', '--grpc-port', '0', ...off];
  const served = await Served.start(temporaryFolder(), { args });
  try {
    const { host } = new URL(served.urls.find((url) => url.startsWith('grpc'))!);
    const file = join(root, 'examples', 'payments_client.py');
    const { stdout } = await promisify(execFile)('python3', [file, host, join(root, 'packages', 'services', 'proto')], {
      timeout: 60_000,
    });
    assert.equal(stdout, '201 True\nrefused insufficient_funds 402\nINVALID_ARGUMENT\n1000\n30.00\n');
  } finally {
    await served.end();
  }
});
