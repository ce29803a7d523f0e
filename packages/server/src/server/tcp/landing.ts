/**
 * How sockets of a server are read: all into the same memory, one after the other, instead of into a new chunk of 64
 * KiB each time. A read brings as much as there is, and leaves no garbage: docs/adr/0010-unix-socket.md.
 */
import { type OnReadOpts, Socket } from 'node:net';

/** The reader of a socket. */
export interface Receiver {
  /** Where the next bytes belong; undefined: they may land anywhere. */
  room(): Uint8Array | undefined;
  /**
   * Bytes that came, to be looked at until the call returns; or, if `inRoom`, the first ones of what `room` returned.
   */
  received(bytes: Uint8Array, inRoom: boolean): void;
}

const SIZE = 256 * 1024;

export class Landing {
  readonly #bytes = new Uint8Array(SIZE);

  /**
   * Begins to read a socket that a server has accepted and not read yet. Returns the socket that is to be used in its
   * place: how a socket is read is said when it is made, so another one is made over the same handle.
   */
  read(accepted: Socket, receiver: Receiver): Socket {
    const { _handle: handle } = accepted as { _handle?: object | null };
    if (handle === undefined || handle === null) return readChunks(accepted, receiver);
    const onread: OnReadOpts = {
      buffer: () => receiver.room() ?? this.#bytes,
      callback: (size, buffer) => {
        receiver.received(buffer.subarray(0, size), buffer !== this.#bytes);
        return true;
      },
    };
    (accepted as { _handle?: object | null })._handle = null;
    const socket = new Socket({ handle, allowHalfOpen: true, onread } as ConstructorParameters<typeof Socket>[0]);
    // The server counts the one that it accepted.
    socket.once('close', () => accepted.destroy());
    socket.resume();
    return socket;
  }
}

/** Begins to read a socket in chunks of its own making, as sockets over TLS must be. Returns it. */
export function readChunks(socket: Socket, receiver: Receiver): Socket {
  return socket.on('data', (chunk: Uint8Array) => receiver.received(chunk, false)).resume();
}
