import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'tallystick/internal/client';
import { temporaryFolder } from '../../../../../test/support/folders.ts';
import { FakePort } from '../../../../../testing/ports/fake-port.ts';
import { NativeServer } from './server.ts';
import { listenAtFile } from './socket-file.ts';

const folder = temporaryFolder();
const serve = (path: string): Promise<NativeServer> => NativeServer.listen(() => ({ port: new FakePort() }), { path });

test("the file is its owner's alone, whatever the umask, and is gone when the server is", async () => {
  const path = join(folder, 'alone');
  const before = process.umask(0);
  const server = await serve(path).finally(() => process.umask(before));
  assert.equal(lstatSync(path).mode & 0o777, 0o600);
  assert.equal(process.umask(0o022), before, 'the umask is as it was');
  const ledger = await connect(`unix:${path}`);
  assert.ok((await ledger.ping()) > 0);
  await ledger.close();
  await server.drain();
  assert.ok(!existsSync(path));
  await assert.rejects(connect(`unix:${path}`), { code: 'unreachable', message: /ENOENT/ });
});

test('a folder in which others may write is no place for it, unless they can remove only their own', async () => {
  const open = join(folder, 'open');
  mkdirSync(open);
  for (const mode of [0o777, 0o775, 0o702]) {
    chmodSync(open, mode);
    await assert.rejects(serve(join(open, 'socket')), {
      code: 'invalid_argument',
      message: /is not a safe folder for a socket/,
    });
    assert.ok(!existsSync(join(open, 'socket')));
  }
  chmodSync(open, 0o1777);
  await (await serve(join(open, 'socket'))).drain();
  await assert.rejects(serve(join(folder, 'nowhere', 'socket')), {
    code: 'invalid_argument',
    message: /it does not exist/,
  });
});

test('the file of a server that was killed is replaced; that of one that runs, and anything else, is not', async () => {
  const path = join(folder, 'left');
  const program =
    `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, ` +
    "'SIGKILL'))";
  assert.throws(() => execFileSync(process.execPath, ['-e', program]));
  assert.ok(lstatSync(path).isSocket());
  await assert.rejects(connect(`unix:${path}`), { code: 'unreachable', message: /ECONNREFUSED/ });
  const server = await serve(path);
  await assert.rejects(serve(path), { code: 'not_listening', message: /of a running server/ });
  const ledger = await connect(`unix:${path}`);
  await ledger.ping();
  await ledger.close();
  await server.drain();

  writeFileSync(path, 'precious');
  await assert.rejects(serve(path), { code: 'not_listening', message: /is not a socket/ });
  const link = join(folder, 'link');
  symlinkSync(path, link);
  await assert.rejects(serve(link), { code: 'not_listening', message: /is not a socket/ });
  assert.equal(lstatSync(path).size, 8);
});

test('a path that the kernel would cut is refused', async () => {
  const path = join(folder, 'x'.repeat(108));
  await assert.rejects(listenAtFile(createServer(), path), { code: 'invalid_argument', message: /107 bytes/ });
});

test('more callers at once than the queue of a socket holds are all let in, one after the other', async () => {
  const path = join(folder, 'crowd');
  const server = await serve(path);
  try {
    // All ask before the server's event loop, which is ours, accepts the first; Node's queue has room for 511.
    const callers = await Promise.all(
      Array.from({ length: 700 }, () => connect(`unix:${path}`, { connectTimeoutMs: 60_000 })),
    );
    for (const ledger of callers) await ledger.ping();
    await Promise.all(callers.map((ledger) => ledger.close()));
  } finally {
    await server.drain(0);
  }
});
