import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRemoteClient, ErrorCodes, RequestError } from '../../../src/client/index.ts';
import { TallystickError } from '../../../src/model/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { nativeServers } from '../../support/native-servers.ts';

const { serve } = nativeServers();
const account = { id: 1n, ledger: 1, code: 1 };

test('a client of an expired session is evicted, as tigerbeetle-node is: it rejects all calls', async () => {
  const port = new FakePort();
  const server = await serve(port);
  const client = createRemoteClient({ cluster_id: 0n, replica_addresses: [server.address.port] });
  const evicted = (error: unknown): boolean =>
    error instanceof RequestError && error.code === ErrorCodes.ERR_CLIENT_EVICTED;
  port.answer = () => new Promise(() => undefined);
  const unanswered = client.lookupAccounts([7n]);
  port.answer = () => Promise.reject(new TallystickError('session_expired'));
  const expired = client.createAccounts([account]);
  await assert.rejects(expired, evicted);
  await assert.rejects(expired, { message: 'Client was evicted.' });
  await assert.rejects(unanswered, evicted);
  const sent = port.sent.length;
  await assert.rejects(client.createAccounts([account]), evicted);
  await assert.rejects(client.lookupAccounts([1n]), evicted);
  assert.equal(port.sent.length, sent);
  client.destroy();
  await assert.rejects(client.lookupAccounts([1n]), { code: ErrorCodes.ERR_CLIENT_CLOSED });
});

test('a program that waits for a server that is not there says so on stderr, and in a warning', async () => {
  const client = join(import.meta.dirname, '../../../src/client.js');
  const program = `
    import { createClient } from ${JSON.stringify(client)};
    process.on('warning', ({ code }) => { console.log(code); process.exit(); });
    await createClient({ cluster_id: 0n, replica_addresses: ['1'] }).lookupAccounts([1n]);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk;
    });
  }
  await once(child, 'close');
  assert.equal(text.stdout, 'TALLYSTICK_WAITING\n');
  assert.match(
    text.stderr,
    /\[TALLYSTICK_WAITING\] TallystickWarning: a request waits for an answer since 5 s: 127\.0\.0\.1:1 cannot be reached/,
  );
});
