/**
 * How every door opens: first whether its address lets strangers in, then the server with all that hangs on it, then
 * the port. So a door that is refused has begun nothing, and one whose port is taken leaves no timer behind.
 */
import type { AddressInfo, Server } from 'node:net';
import { TallystickError } from 'tallystick/internal/model';
import { listenAt } from 'tallystick/internal/platform';
import { checkExposure, type Exposure } from '../identity/index.ts';
import { listenAtFile } from './tcp/socket-file.ts';

/** Where a door is to listen. */
export interface DoorPlace {
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Absolute, of a socket's file, in place of host and port: for processes of the same user. */
  readonly path?: string;
}

/** Where it listens. */
export interface DoorAddress {
  readonly host: string;
  readonly port: number;
}

/** A door that was made, and the server that is to listen for it. */
export interface MadeDoor<Door> {
  readonly door: Door;
  readonly server: Server;
}

/** A client whose machine is gone says no goodbye: after so much silence it is asked whether it is still there. */
export const KEEP_ALIVE_MS = 30_000;
/** How long clients may take to hear goodbye and leave. */
export const DRAIN_MS = 10_000;
const SWEEP_MS_MAX = 1000;

/**
 * Rejects with `invalid_argument` for an address where strangers would get in, before `make` is called, and with
 * `not_listening` for one that cannot be had.
 */
export async function openAt<Door>(
  { host = '127.0.0.1', port = 0, path }: DoorPlace,
  exposure: Omit<Exposure, 'host'>,
  make: () => MadeDoor<Door>,
): Promise<Door> {
  if (path === undefined) checkExposure({ host, ...exposure });
  const { door, server } = make();
  try {
    if (path === undefined) await listenAt(server, { host, port });
    else await listenAtFile(server, path);
    return door;
  } catch (error) {
    server.close();
    throw error;
  }
}

/** Throws `closed` for a server at a path, and for one that does not listen. */
export function addressOf(server: Pick<Server, 'address'>): DoorAddress {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new TallystickError('closed');
  return { host: address.address, port: address.port };
}

/** Looks after clients until `server` has closed: as often as the shortest patience (milliseconds) asks for. */
export function sweepWhileOpen(server: Pick<Server, 'once'>, patience: readonly number[], sweep: () => void): void {
  const sweeping = setInterval(sweep, Math.min(SWEEP_MS_MAX, ...patience)).unref();
  server.once('close', () => clearInterval(sweeping));
}
