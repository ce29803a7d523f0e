/** The caller behind a socket, as far as the socket knows. */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Asker } from './tokens.ts';

export function askerOf(door: string, socket: Socket | undefined): Asker {
  if (socket === undefined) return { door };
  const { remoteAddress: address, remotePort } = socket;
  const { getPeerX509Certificate: look, authorized } = socket as TLSSocket;
  const certificate = typeof look === 'function' && authorized ? look.call(socket) : undefined;
  return { door, address: address === undefined ? undefined : `${address} ${remotePort}`, certificate };
}
