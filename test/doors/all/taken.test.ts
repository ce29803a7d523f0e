/** A port that another process has: every door says so in the same words, with the same code, and leaves no timer. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { MetricsServer, Sources } from '../../../packages/server/src/observe/index.ts';
import { GrpcServer, HttpServer, MessagePackServer, NativeServer } from '../../../packages/server/src/server/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';

const host = '127.0.0.1';
const doors: Record<string, (port: number) => Promise<unknown>> = {
  native: (port) => NativeServer.listen(() => ({ port: new FakePort() }), { host, port }),
  grpc: (port) => GrpcServer.listen(new FakePort(), { host, port }),
  msgpack: (port) => new MessagePackServer(new FakePort()).listen(port, host),
  http: (port) => new HttpServer(new FakePort()).listen(port, host),
  metrics: (port) => MetricsServer.start(new Sources('0'), { host, port }),
};

for (const [door, open] of Object.entries(doors)) {
  test(door, async (t) => {
    const timers = new Set<unknown>();
    const begin = globalThis.setInterval;
    t.mock.method(globalThis, 'setInterval', (...args: Parameters<typeof begin>) => {
      const timer = begin(...args);
      timers.add(timer);
      return timer;
    });
    const end = globalThis.clearInterval;
    t.mock.method(globalThis, 'clearInterval', (timer: NodeJS.Timeout) => {
      timers.delete(timer);
      end(timer);
    });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, host, resolve));
    const { port } = other.address() as AddressInfo;
    const message = `cannot listen at ${host}:${port}: another process listens there (EADDRINUSE)`;
    await assert.rejects(open(port), { code: 'not_listening', retriable: true, message });
    await turn();
    assert.equal(timers.size, 0, 'timers go on');
    await new Promise((resolve) => other.close(resolve));
  });
}
