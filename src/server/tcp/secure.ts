/** The native door over TLS. */
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Certificates } from '../security/certificates.ts';
import type { NativeServerOptions } from './server.ts';

/** From connecting to the end of the handshake. */
const HANDSHAKE_MS = 5000;

/** What `NativeServer.listen` takes to do TLS with certificates that follow their files. */
export function overTls(certificates: Certificates): Pick<NativeServerOptions, 'createServer'> {
  return {
    createServer: (options: { readonly allowHalfOpen: true }, take: (socket: Socket) => void): Server => {
      const server = createServer({ handshakeTimeout: HANDSHAKE_MS, ...certificates.options, ...options }, take);
      // What a stranger's handshake comes to is told to them alone.
      server.on('tlsClientError', () => {});
      certificates.serve(server);
      return server;
    },
  };
}
