/**
 * What a nats-server thinks of a certificate. With TLS 1.3 a server refuses one after the handshake, and the client of
 * NATS then knows only that no answer came; so we shake hands once more, and listen for the reason.
 */
import { createConnection, type Socket } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';

/** A server that has something against us says so at once. */
const LISTEN_MS = 2000;

/** The error with which a server ends TLS; undefined: it does not, or cannot be asked. */
export function probe(host: string, port: number, tls: ConnectionOptions): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (error?: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(error);
    };
    const timer = setTimeout(end, LISTEN_MS);
    socket.on('error', () => end());
    // A server introduces itself before TLS.
    socket.once('data', () => shakeHands(socket, tls, end));
  });
}

function shakeHands(socket: Socket, tls: ConnectionOptions, end: (error?: Error) => void): void {
  socket.removeAllListeners('error');
  const secure = connect({ ...tls, socket, rejectUnauthorized: false });
  // The server waits for our first word then.
  secure.on('error', end);
  secure.on('close', () => end());
}
