/** Servers of the native door over ports of the test's own, ended when the tests of the file are done. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeServer, type NativeServerOptions } from '../../packages/server/src/server/index.ts';
import { type ConnectOptions, connect, type RemoteLedger } from '../../src/client/index.ts';
import type { FakePort } from '../../testing/ports/fake-port.ts';
import { addressOf } from './tcp.ts';

export interface NativeServers {
  /** Called in the end, last one first. */
  readonly endings: (() => Promise<unknown>)[];
  serve(port: FakePort, options?: Partial<NativeServerOptions>): Promise<NativeServer>;
  connected(server: NativeServer, options?: ConnectOptions): Promise<RemoteLedger>;
}

export function nativeServers(): NativeServers {
  const endings: (() => Promise<unknown>)[] = [];
  after(async () => {
    for (const end of endings.reverse()) await end();
  });
  return {
    endings,
    async serve(port, options = {}) {
      const server = await NativeServer.listen(() => ({ port }), { port: 0, ...options });
      endings.push(async () => {
        server.destroy();
        await server.drain();
      });
      return server;
    },
    async connected(server, options) {
      const ledger = await connect(addressOf(server), options);
      endings.push(() => ledger.close());
      return ledger;
    },
  };
}

/** Waits until it holds, for two seconds at most. */
export async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; waited < 2000 && !holds(); waited += 2) await sleep(2);
  assert.ok(holds());
}
