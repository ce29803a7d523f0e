/** How every door of a server begins to listen, and what it says when it cannot. */
import type { AddressInfo, Server } from 'node:net';
import { TallystickError } from '../model/index.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/**
 * Resolves with the address at which `server` listens. Rejects with `not_listening`, whose cause is what the system
 * said; the server is closed then, so that what hangs on it ends. Once it listens, an error of the server is that of
 * one connection which could not be taken, and ends nothing.
 */
export async function listenAt(server: Server, { host, port }: ListenAddress): Promise<AddressInfo> {
  await listening(server, `${host.includes(':') ? `[${host}]` : host}:${port}`, (done) =>
    server.listen(port, host, done),
  );
  return server.address() as AddressInfo;
}

/** The same at the file of a Unix socket. */
export async function listenAtPath(server: Server, path: string): Promise<void> {
  await listening(server, path, (done) => server.listen(path, done));
}

function listening(server: Server, where: string, listen: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let isListening = false;
    server.on('error', (cause: NodeJS.ErrnoException) => {
      if (isListening) return;
      server.close();
      const why = cause.code === 'EADDRINUSE' ? 'another process listens there (EADDRINUSE)' : cause.message;
      reject(new TallystickError('not_listening', `cannot listen at ${where}: ${why}`, { cause }));
    });
    listen(() => {
      isListening = true;
      resolve();
    });
  });
}
