/** The connections of a door, counted, and their bytes: of those that are open when somebody asks, so that a long one is seen before it ends. */
import type { Socket } from 'node:net';
import type { DoorCounters } from '../base/index.ts';

interface Counted {
  received: number;
  sent: number;
}

export class SocketCounts {
  readonly #counters: DoorCounters;
  readonly #sockets = new Map<Socket, Counted>();

  constructor(counters: DoorCounters) {
    this.#counters = counters;
    counters.refresh = () => {
      for (const [socket, counted] of this.#sockets) this.#count(socket, counted);
    };
  }

  /** From its opening to its end. */
  add(socket: Socket): void {
    const counters = this.#counters;
    const counted = { received: 0, sent: 0 };
    counters.connections++;
    counters.connectionsAccepted++;
    this.#sockets.set(socket, counted);
    socket.once('close', () => {
      counters.connections--;
      this.#sockets.delete(socket);
      this.#count(socket, counted);
    });
  }

  /** Ends all connections now. */
  destroy(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  #count(socket: Socket, counted: Counted): void {
    this.#counters.bytesReceived += socket.bytesRead - counted.received;
    this.#counters.bytesSent += socket.bytesWritten - counted.sent;
    counted.received = socket.bytesRead;
    counted.sent = socket.bytesWritten;
  }
}

/** What a door does at its end: `closed` resolves when the last connection has gone; those that stay longer than that are cut off. */
export async function closedWithin(closed: Promise<void>, milliseconds: number, counts: SocketCounts): Promise<void> {
  const deadline = setTimeout(() => counts.destroy(), milliseconds);
  await closed;
  clearTimeout(deadline);
}
