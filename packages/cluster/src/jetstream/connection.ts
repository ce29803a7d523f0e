/** A connection to the servers of a cluster, which comes back by itself for as long as the node lives. */
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { TallystickError } from 'tallystick/internal';

const CONNECT_TIMEOUT_MS = 2000;
const RECONNECT_MS = 100;
const PING_MS = 2000;
const PATIENCE_MS = 10_000;
const AGAIN_MS = 100;
const NOTICE_MS = 200;

/** Servers and nodes that start together need not wait for one another. Rejects with `unreachable`. */
export async function connectServers(servers: readonly string[], name: string): Promise<NatsConnection> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await connectOnce(servers, name);
    } catch (cause) {
      if (performance.now() > until) {
        throw new TallystickError('unreachable', `no nats-server answers at ${servers.join(', ')}: ${cause}`, {
          cause,
        });
      }
      await pause(AGAIN_MS);
    }
  }
}

function connectOnce(servers: readonly string[], name: string): Promise<NatsConnection> {
  return connect({
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
