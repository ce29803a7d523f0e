/** Ledgers behind the native door, each with a server of its own in this process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeServer, type NativeServerOptions, replayAccess } from '../../packages/server/src/server/index.ts';
import { connectReplay } from '../../src/client/index.ts';
import { EngineReplayPort, openMemory } from '../../src/engine/index.ts';
import { EVENTS_MAX, type ReplayPort } from '../../src/model/index.ts';
import type { OpenPort } from '../../testing/model/model-port.ts';

/** `tcp://…`, where it listens. */
export function addressOf(server: NativeServer): string {
  const { host, port } = server.address;
  return `tcp://${host}:${port}`;
}

export function listenForReplays(options: Partial<NativeServerOptions> = {}): Promise<NativeServer> {
  return NativeServer.listen(
    () => replayAccess(new EngineReplayPort(openMemory({ expires: false }).engine), EVENTS_MAX),
    {
      port: 0,
      replay: true,
      ...options,
    },
  );
}

export const openTcp: OpenPort = async () => {
  const server = await listenForReplays();
  return connected(addressOf(server), () => server.drain());
};

/** Over a socket in a file. */
export const openUnix: OpenPort = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-test-'));
  const path = join(folder, 'socket');
  const server = await listenForReplays({ path });
  return connected(`unix:${path}`, async () => {
    await server.drain();
    rmSync(folder, { recursive: true });
  });
};

async function connected(address: string, end: () => Promise<void>): Promise<ReplayPort> {
  const port = await connectReplay(address);
  return {
    request: (operation, events, timestamp) => port.request(operation, events, timestamp),
    advance: (nanoseconds) => port.advance(nanoseconds),
    close: async () => {
      await port.close();
      await end();
    },
  };
}
