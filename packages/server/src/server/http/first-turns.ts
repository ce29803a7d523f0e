/**
 * The order in which a door with tokens begins to read new connections: in turn by address, a few in each turn of the
 * event loop. One packet can hold a thousand requests, and Node parses them all, some ten milliseconds, before anybody
 * can refuse the first. libuv accepts one connection a turn, so a newcomer would wait for such a packet of every
 * connection in front of it. Behind a slow turn we let as much time go by for accepting; then the newcomer's address
 * has its turn.
 */
import type { Socket } from 'node:net';
import { peerOf } from 'tallystick/internal/base';

/** Connections that may begin in one turn. */
const TURN_MAX = 8;
/** Somebody sends much: the next connection begins alone. */
const SLOW_MS = 5;
const PAUSE_MS_MAX = 50;

export type FirstRead = Pick<Socket, 'remoteAddress' | 'pause' | 'resume' | 'once'>;

/** Is told whether the door has begun to read from its connection. */
export interface Waiter {
  waits: boolean;
}

export class FirstTurns {
  /** Connections that wait, by address, in the order of their turns. */
  readonly #waiting = new Map<string, Map<FirstRead, Waiter | undefined>>();
  #max = TURN_MAX;
  #scheduled = false;

  /** Pauses the socket until it has its turn. */
  add(socket: FirstRead, waiter?: Waiter): void {
    const peer = peerOf(socket.remoteAddress);
    const others = this.#waiting.get(peer);
    if (others === undefined) this.#waiting.set(peer, new Map([[socket, waiter]]));
    else others.set(socket, waiter);
    if (waiter !== undefined) waiter.waits = true;
    socket.once('close', () => this.#forget(peer, socket));
    // Node's server has asked for the first bytes, and does so in the next tick: a pause before that would be undone.
    process.nextTick(() => {
      if (this.#waiting.get(peer)?.has(socket)) socket.pause();
    });
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#begin);
  }

  readonly #begin = (): void => {
    if (this.#waiting.size === 0) {
      this.#scheduled = false;
      return;
    }
    const began = spentMs();
    let begun = 0;
    const heard: Waiter[] = [];
    // An address that had its turn comes last, and may have another.
    for (const [peer, sockets] of this.#waiting) {
      const [first] = sockets;
      if (first === undefined || begun++ === this.#max) break;
      const [socket, waiter] = first;
      if (waiter !== undefined) heard.push(waiter);
      this.#forget(peer, socket);
      if (this.#waiting.delete(peer)) this.#waiting.set(peer, sockets);
      socket.resume();
    }
    setImmediate(() => {
      // Between the two turns the event loop has read from them.
      for (const waiter of heard) waiter.waits = false;
      const took = spentMs() - began;
      this.#max = took < SLOW_MS ? Math.min(TURN_MAX, this.#max * 2) : 1;
      if (took < SLOW_MS) this.#begin();
      else setTimeout(this.#begin, Math.min(took, PAUSE_MS_MAX));
    });
  };

  #forget(peer: string, socket: FirstRead): void {
    const sockets = this.#waiting.get(peer);
    if (sockets?.delete(socket) === true && sockets.size === 0) this.#waiting.delete(peer);
  }
}

/**
 * Milliseconds of processor time. A turn in which the machine ran others was not slow: a pause behind it would let
 * newcomers pile up in front of a door that has nothing to do.
 */
function spentMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
