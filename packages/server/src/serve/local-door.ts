/**
 * The door for processes of this machine: the native protocol over a socket in a file. Whoever may open the file may
 * ask for anything; nobody else gets in.
 */
import { resolve } from 'node:path';
import { DoorCounters } from 'tallystick/internal/base';
import type { Configuration } from '../config/index.ts';
import { admitting } from '../identity/index.ts';
import { NativeServer } from '../server/index.ts';
import type { OpenDoor, Within } from './open-door.ts';

/** Undefined if none was asked for. Rejects with `invalid_argument` or `not_listening`. */
export async function openLocalDoor(
  configuration: Configuration,
  { lanes, pool, served, gate, budget, security, observers }: Within,
): Promise<OpenDoor | undefined> {
  if (configuration.socket === undefined) return undefined;
  const path = resolve(configuration.socket);
  const counters = new DoorCounters('local');
  const port = await observers.watched(lanes, 'local');
  const server = await NativeServer.listen(admitting('local', port, { anybody: security.anybody }), {
    path,
    counters,
    pool,
    gate,
    budget,
    cluster: configuration['cluster.id'],
    served,
    traces: observers.traces,
    limits: { connectionsMax: configuration['limits.connections'], helloMs: configuration['limits.handshake'] },
  });
  return { url: `unix:${path}`, counters, drain: (ms) => server.drain(ms) };
}
