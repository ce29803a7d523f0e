/** For tests and comparisons: an empty ledger for every connection, whose time its client tells. Nothing is watched. */
import { resolve } from 'node:path';
import { EngineReplayPort, openMemory } from 'tallystick/internal/engine';
import { EVENTS_MAX, TallystickError } from 'tallystick/internal/model';
import type { Configuration } from '../config/index.ts';
import { NativeServer, replayAccess } from '../server/index.ts';
import { urlOf } from './doors.ts';

export interface ReplayServer {
  readonly url: string;
  /** Answers what was sent, and ends. */
  drain(): Promise<void>;
}

/** At the socket if there is one, else at the native port. Rejects with `invalid_argument` or `not_listening`. */
export async function openReplays(configuration: Configuration): Promise<ReplayServer> {
  if (configuration.folder !== ':memory:') {
    throw new TallystickError('invalid_argument', '--replay lets clients tell the time: only with :memory:');
  }
  const port = configuration['tcp.port'];
  const path = configuration.socket === undefined ? undefined : resolve(configuration.socket);
  if (port === 'off' && path === undefined) {
    throw new TallystickError('invalid_argument', '--replay is for the native door alone');
  }
  const server = await NativeServer.listen(
    () => replayAccess(new EngineReplayPort(openMemory({ expires: false }).engine), EVENTS_MAX),
    {
      ...(path === undefined ? { port: port as number, host: configuration.host } : { path }),
      cluster: configuration['cluster.id'],
      replay: true,
    },
  );
  const url = path === undefined ? urlOf('tcp', server.address.host, server.address.port) : `unix:${path}`;
  return { url, drain: () => server.drain() };
}
