/** The example in Python, with the gRPC library that Google makes: C++ below, nothing of ours. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { GrpcDoorFixture } from './fixture.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const found = spawnSync('python3', ['-c', 'import grpc, grpc_tools'], { encoding: 'utf8' });
const skip = found.status === 0 ? false : 'python3 with the packages grpcio and grpcio-tools is not here';

test('examples/grpc_client.py prints what it should', { skip }, async () => {
  const door = await GrpcDoorFixture.open();
  try {
    const { stdout } = await promisify(execFile)(
      'python3',
      [join(root, 'examples', 'grpc_client.py'), door.authority, join(root, 'proto')],
      { timeout: 60_000 },
    );
    assert.equal(
      stdout,
      `1 created
2 created
2 exists
debits True
INVALID_ARGUMENT invalid_argument
`,
    );
  } finally {
    await door.close();
  }
});
