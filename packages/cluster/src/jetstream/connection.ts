/** A connection to the servers of a cluster, which comes back by itself for as long as the node lives. */

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
} from '@nats-io/transport-node';
import { TallystickError } from 'tallystick/internal';

const CONNECT_TIMEOUT_MS = 2000;
const RECONNECT_MS = 100;
const PING_MS = 2000;
const PATIENCE_MS = 10_000;
const AGAIN_MS = 100;
const NOTICE_MS = 200;

/** How a node is let in by the servers, and knows them. */
export interface Access {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** A file: credentials with a token, or the seed of an nkey. */
  readonly credentials?: string | undefined;
  /** Files in PEM. */
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Servers and nodes that start together need not wait for one another. Rejects with `unreachable`, and with
 * `cluster_invalid` where a server does not let us in.
 */
export async function connectServers(
  servers: readonly string[],
  name: string,
  access: Access = {},
): Promise<NatsConnection> {
  const options = optionsOf(access);
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await connectOnce(servers, name, options);
    } catch (cause) {
      if (isRefused(cause)) {
        throw new TallystickError('cluster_invalid', `a nats-server of ${servers} refuses ${name}: ${cause}`, {
          cause,
        });
      }
      if (performance.now() > until) {
        throw new TallystickError('unreachable', `no nats-server answers at ${servers.join(', ')}: ${cause}`, {
          cause,
        });
      }
      await pause(AGAIN_MS);
    }
  }
}

/** Whether it would be so every time. */
function isRefused(error: unknown): boolean {
  const all = error instanceof AggregateError ? error.errors : [error, (error as { cause?: unknown }).cause];
  return all.some((one) => one instanceof Error && one.name === 'AuthorizationError');
}

/** Throws `cluster_invalid` for a file that cannot be read. */
function optionsOf({ user, password, credentials, ca, certificate, key }: Access): ConnectionOptions {
  const tls = {
    ...(ca !== undefined && { caFile: ca }),
    ...(certificate !== undefined && { certFile: certificate }),
    ...(key !== undefined && { keyFile: key }),
  };
  return {
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
    ...(credentials !== undefined && { authenticator: authenticatorOf(credentials) }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

function authenticatorOf(path: string): Authenticator {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new TallystickError('cluster_invalid', `cluster.credentials: ${path} cannot be read: ${cause}`, { cause });
  }
  const text = Buffer.from(bytes).toString().trim();
  return text.includes('-----BEGIN') ? credsAuthenticator(bytes) : nkeyAuthenticator(Buffer.from(text));
}

function connectOnce(servers: readonly string[], name: string, options: ConnectionOptions): Promise<NatsConnection> {
  return connect({
    ...options,
    servers: [...servers],
    name,
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: RECONNECT_MS,
    // A server that stands still is left for another one.
    pingInterval: PING_MS,
    maxPingOut: 1,
  });
}

/**
 * Ends a connection. A client that is closed between the end and the close of its socket, when its server has just
 * died, writes behind that end, and the error has nobody who listens. So we let it notice first.
 */
export async function disconnect(connection: NatsConnection): Promise<void> {
  await Promise.race([connection.flush().catch(() => undefined), pause(NOTICE_MS)]);
  await connection.close();
}
