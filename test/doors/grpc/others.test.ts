/** A gRPC client and what is not our server: proxies, metadata that nobody takes, a program that ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type OutgoingHttpHeaders } from 'node:http2';
import { test } from 'node:test';
import { connect, connectGrpc } from '../../../src/client/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { grpcAddress, grpcServers } from '../../support/grpc-servers.ts';

const { endings, serve } = grpcServers();
const transfer = (id: bigint) => ({ id, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 });

/**
 * Speaks HTTP/2. Greets the first stream and ends it with its first request; answers all others as a proxy whose server
 * is gone.
 */
async function proxy(headers: OutgoingHttpHeaders): Promise<{ address: string; sessions: () => number }> {
  const server = createServer();
  let sessions = 0;
  server.on('session', () => sessions++);
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    if (sessions > 1) stream.respond(headers, { endStream: true });
    else {
      stream.respond(GRPC);
      stream.once('data', () => stream.close());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => new Promise((resolve) => server.close(resolve)));
  return { address: `grpc://127.0.0.1:${(server.address() as { port: number }).port}`, sessions: () => sessions };
}

const GRPC = { ':status': 200, 'content-type': 'application/grpc' };

test('a proxy whose server is gone is asked again with pauses, and not for ever', async () => {
  for (const headers of [
    { ...GRPC, 'grpc-status': '14' },
    { ':status': 503 },
    { ...GRPC, 'grpc-status': '13', 'grpc-status-details-bin': Buffer.from([8, 13]).toString('base64') },
  ]) {
    const { address, sessions } = await proxy(headers);
    const ledger = await connect(address, { retry: true, reconnectTimeoutMs: 300 });
    await Promise.all([
      assert.rejects(ledger.createTransfers([transfer(1n)]), { code: 'connection_lost' }),
      assert.rejects(ledger.lookupAccounts([1n]), { code: 'connection_lost' }),
    ]);
    assert.ok(sessions() < 30, `${sessions()} connections`);
    await ledger.close();
    await assert.rejects(connect(address), { code: 'unreachable' });
  }
});

test('metadata that HTTP/2 does not take is refused, and nothing hangs', async () => {
  const server = await serve(new FakePort());
  const options = { metadata: { connection: 'close' }, reconnectTimeoutMs: 200 };
  await assert.rejects(connectGrpc(grpcAddress(server), options), { code: 'invalid_argument' });
});

test('a connection that nobody waits for does not keep a program alive', async () => {
  const server = await serve(new FakePort());
  const index = new URL('../../../src/index.js', import.meta.url).href;
  const program = `import { connect } from '${index}';
    const ledger = await connect('${grpcAddress(server)}');
    await ledger.lookupAccounts([1n]);
    console.log(typeof (await ledger.ping()));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const timer = setTimeout(() => child.kill(), 20_000);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  assert.deepEqual([code, text], [0, 'number\n']);
});
