/**
 * Doors that cannot open. Where another process has the port, every door says so in the same words, with the same code,
 * and leaves no timer; where strangers would get in, it has begun none.
 */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { MetricsServer, Sources } from '../../../packages/server/src/observe/index.ts';
import { GrpcServer, HttpServer, MessagePackServer, NativeServer } from '../../../packages/server/src/server/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';

const host = '127.0.0.1';
const doors: Record<string, (port: number, host: string) => Promise<unknown>> = {
  native: (port, host) => NativeServer.listen(() => ({ port: new FakePort() }), { host, port }),
  grpc: (port, host) => GrpcServer.listen(new FakePort(), { host, port }),
  msgpack: (port, host) => MessagePackServer.listen(new FakePort(), { host, port }),
  http: (port, host) => HttpServer.listen(new FakePort(), { host, port }),
  metrics: (port, host) => MetricsServer.start(new Sources('0'), { host, port }),
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
    await assert.rejects(open(port, host), { code: 'not_listening', retriable: true, message });
    await turn();
    assert.equal(timers.size, 0, 'timers go on');
    await new Promise((resolve) => other.close(resolve));
  });

  test(`${door}, where strangers would get in`, async (t) => {
    const begin = t.mock.method(globalThis, 'setInterval');
    await assert.rejects(open(0, '0.0.0.0'), {
      code: door === 'metrics' ? 'configuration_invalid' : 'invalid_argument',
    });
    assert.equal(begin.mock.callCount(), 0);
  });
}
