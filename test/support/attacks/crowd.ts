/** Attackers of one door: so many sockets at a time, each of which comes again when it has ended. */
import { connect, type Socket } from 'node:net';

/** Where a door listens: a port of this machine, or a socket's file. */
export type Place = { readonly port: number } | { readonly path: string };

export function placeOf(url: string): Place {
  return url.startsWith('unix:') ? { path: url.slice('unix:'.length) } : { port: Number(new URL(url).port) };
}

export interface Attackers {
  /** Sockets at a time. */
  readonly size: number;
  /** What each does once it is connected; `index`: which of them it is. */
  readonly act: (socket: Socket, index: number) => void;
  /** It reads nothing of what it is sent. */
  readonly deaf?: true;
}

const AGAIN_MS = 10;
/** Another peer than the known callers, where a machine has more than one loopback address. */
const PEER = process.platform === 'linux' ? { localAddress: '127.0.0.2' } : {};

export class Crowd {
  readonly #place: Place;
  readonly #attackers: Attackers;
  readonly #sockets = new Set<Socket>();
  #ended = false;
  /** How many times one of them was connected. */
  arrived = 0;

  constructor(place: Place, attackers: Attackers) {
    this.#place = place;
    this.#attackers = attackers;
    for (let index = 0; index < attackers.size; index++) this.#come(index);
  }

  #come(index: number): void {
    if (this.#ended) return;
    const { act, deaf } = this.#attackers;
    const place = this.#place;
    const socket = connect('path' in place ? place : { ...PEER, ...place, host: '127.0.0.1' });
    this.#sockets.add(socket);
    socket.on('error', () => {});
    if (deaf === true) socket.pause();
    else socket.resume();
    socket.once('connect', () => {
      this.arrived++;
      act(socket, index);
    });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      setTimeout(() => this.#come(index), AGAIN_MS);
    });
  }

  end(): void {
    this.#ended = true;
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Does something again and again, until the socket has ended. */
export function often(socket: Socket, everyMs: number, act: () => void): void {
  const timer = setInterval(act, everyMs);
  socket.once('close', () => clearInterval(timer));
}

/** One byte at a time. */
export function dribble(socket: { write(bytes: Uint8Array): unknown }, bytes: Uint8Array, over: Socket): void {
  let at = 0;
  often(over, 50, () => {
    if (at < bytes.length) socket.write(bytes.subarray(at, ++at));
  });
}
