/** Node's server of the HTTP door, with or without TLS. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Certificates } from '../../identity/index.ts';
import type { HttpLimits } from './server-options.ts';

const TIMEOUTS_CHECKED_MS = 1000;

export function makeServer(
  certificates: Certificates | undefined,
  { helloMs, requestMs }: HttpLimits,
  answer: RequestListener,
): Server {
  const times = {
    headersTimeout: helloMs,
    // Node wants it that way.
    requestTimeout: Math.max(requestMs, helloMs),
    connectionsCheckingInterval: Math.min(TIMEOUTS_CHECKED_MS, helloMs),
    keepAliveTimeout: 65_000,
    noDelay: true,
  };
  if (certificates === undefined) return createServer(times, answer);
  const server = createTlsServer({ ...certificates.options, ...times, handshakeTimeout: helloMs }, answer);
  certificates.serve(server);
  return server;
}
