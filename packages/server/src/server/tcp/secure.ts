/** The native door over TLS. */
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Certificates } from '../security/certificates.ts';
import { NATIVE_LIMITS } from './limits.ts';
import type { NativeServerOptions } from './server.ts';

/**
 * Options of `NativeServer.listen` for TLS with certificates that follow their files. `handshakeMs` counts from
 * connecting to the end of the handshake.
 */
export function overTls(
  certificates: Certificates,
  handshakeMs: number = NATIVE_LIMITS.helloMs,
): Pick<NativeServerOptions, 'createServer'> {
  return {
    createServer: (options: { readonly allowHalfOpen: true }, take: (socket: Socket) => void): Server => {
      const server = createServer({ handshakeTimeout: handshakeMs, ...certificates.options, ...options }, take);
      // Node leaves the socket of a late handshake open; we close it.
      server.on('tlsClientError', (_error, socket) => socket.destroy());
      certificates.serve(server);
      return server;
    },
  };
}
