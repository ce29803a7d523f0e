/**
 * The connections of a door, counted, and their bytes: of those that are open when somebody asks, so that a long one is
 * seen before it ends. Over TLS a connection counts from its first byte, and its bytes are those on the wire.
 */
import type { Server, Socket } from 'node:net';
import type { DoorCounters } from 'tallystick/internal/base';
import { Stall, slowest } from './stall.ts';

interface Counted {
  received: number;
  sent: number;
}

export class SocketCounts {
  readonly #counters: DoorCounters;
  readonly #sockets = new Map<Socket, Counted>();
  readonly #stalls = new Map<Socket, Stall>();

  constructor(counters: DoorCounters) {
    this.#counters = counters;
    counters.refresh = () => {
      for (const [socket, counted] of this.#sockets) this.#count(socket, counted);
    };
  }

  /** Counts connections that come, and those that are turned away for want of room. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.add(socket));
    server.on('drop', () => this.#counters.refuse('too_many_connections'));
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

  /** `socket` is what the door itself writes to: {@link sweep} looks after it. */
  attend(socket: Socket): void {
    this.#stalls.set(socket, new Stall(socket));
    socket.once('close', () => this.#stalls.delete(socket));
  }

  /**
   * Ends connections whose clients have not taken a byte for `milliseconds` of what stands there for them, or too few;
   * and, where room for what they are sent has been short for `shortMs`, those of the slowest. To be called every now
   * and then.
   */
  sweep(now: number, milliseconds: number, shortMs: number): void {
    for (const [socket, stall] of this.#stalls) {
      if (stall.lasts(now) > milliseconds || stall.isTooSlow(now, milliseconds)) socket.destroy();
    }
    for (const socket of slowest(this.#stalls, now, shortMs)) {
      this.#counters.refuse('timed_out');
      socket.destroy();
    }
  }

  /** Ends all connections now. */
  destroy(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
    for (const socket of this.#stalls.keys()) socket.destroy();
  }

  #count(socket: Socket, counted: Counted): void {
    this.#counters.bytesReceived += socket.bytesRead - counted.received;
    this.#counters.bytesSent += socket.bytesWritten - counted.sent;
    counted.received = socket.bytesRead;
    counted.sent = socket.bytesWritten;
  }
}

/**
 * Ends a door: `closed` resolves when the last connection has gone; connections that stay for longer than
 * `milliseconds` are cut off.
 */
export async function closedWithin(closed: Promise<void>, milliseconds: number, counts: SocketCounts): Promise<void> {
  const deadline = setTimeout(() => counts.destroy(), milliseconds);
  await closed;
  clearTimeout(deadline);
}
