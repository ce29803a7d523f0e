/** A connection to the servers of a cluster, which comes back by itself for as long as the node lives. */

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  type TlsOptions,
} from '@nats-io/transport-node';
import { TallystickError } from 'tallystick/internal';
import { probe } from './probe.ts';
import { refusalOf } from './refused.ts';

const CONNECT_TIMEOUT_MS = 2000;
const RECONNECT_MS = 100;
const PING_MS = 2000;
const PATIENCE_MS = 10_000;
const AGAIN_MS = 100;
const NOTICE_MS = 200;
/** Where a server is that has none in its address. */
const PORT = 4222;

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
  const options = optionsOf(servers, access);
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await connectOnce(servers, name, options);
    } catch (cause) {
      const why = refusalOf(cause) ?? (await refusalAt(servers, access));
      if (why !== undefined) {
        const message = `a nats-server of ${servers.join(', ')} and ${name} refuse each other: ${why}`;
        throw new TallystickError('cluster_invalid', message, { cause });
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

/** Why one of the servers ends TLS; undefined: none does, as far as they say. */
async function refusalAt(servers: readonly string[], access: Access): Promise<string | undefined> {
  const { ca, certificate, key } = access;
  if (ca === undefined && certificate === undefined) return undefined;
  const read = (path?: string): Buffer | undefined => (path === undefined ? path : readFileSync(path));
  try {
    const files = { ca: read(ca), cert: read(certificate), key: read(key) };
    const asked = servers.map((server) => probe(hostOf(server), Number(urlOf(server).port || PORT), files));
    return (await Promise.all(asked)).map(refusalOf).find(Boolean);
  } catch (error) {
    return refusalOf(error);
  }
}

/** Throws `cluster_invalid` for a file that cannot be read. */
function optionsOf(servers: readonly string[], access: Access): ConnectionOptions {
  const { user, password, credentials, ca, certificate, key } = access;
  const tls = {
    ...(ca !== undefined && { caFile: ca }),
    ...(certificate !== undefined && { certFile: certificate }),
    ...(key !== undefined && { keyFile: key }),
  };
  return {
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
    ...(credentials !== undefined && { authenticator: authenticatorOf(credentials) }),
    ...(Object.keys(tls).length > 0 && { tls: knowing(servers, tls) }),
  };
}

/**
 * Servers may be named by addresses, which the client does not compare with certificates, or tell it of others. Each of
 * them is to be one of those that are configured.
 */
function knowing(servers: readonly string[], files: TlsOptions): TlsOptions {
  const checked = {
    ...files,
    checkServerIdentity: (_: string, certificate: PeerCertificate): Error | undefined => {
      const errors = servers.map((server) => checkServerIdentity(hostOf(server), certificate));
      return errors.includes(undefined) ? undefined : errors[0];
    },
  };
  // The client hands all of it to Node.
  return checked;
}

/** Of `nats://a:4222`, and of `a:4222`. */
function urlOf(server: string): URL {
  return new URL(server.includes('://') ? server : `nats://${server}`);
}

function hostOf(server: string): string {
  return urlOf(server).hostname.replace(/^\[(.*)\]$/, '$1');
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
