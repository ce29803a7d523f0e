/** Sockets: TCP and Unix, read as chunks that Node makes, or into one buffer. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type OnReadOpts, Socket } from 'node:net';
import { join } from 'node:path';
import { type Client, type Exchange, Gather, type Server, Sink } from './transport.ts';

type Kind = 'tcp' | 'unix';
/** How the server reads a new socket. */
type Reading = (socket: Socket, take: (chunk: Uint8Array) => void) => Socket;

export const reading: {
  readonly chunks: Reading;
  /** Of so many KiB. */
  readonly buffer: (size: number) => Reading;
} = {
  chunks: (socket, take) => socket.on('data', take),
  buffer: (size) => (socket, take) => {
    const buffer = new Uint8Array(size * 1024);
    const onread: OnReadOpts = {
      buffer,
      callback: (length) => {
        take(buffer.subarray(0, length));
        return true;
      },
    };
    // A server's socket cannot be told how to read; another one over the same handle can.
    const { _handle: handle } = socket as Socket & { readonly _handle: object };
    return new Socket({ handle, onread } as ConstructorParameters<typeof Socket>[0]);
  },
};

export function socketServer(kind: Kind, read: Reading): Server {
  return async (folder: string, { request, reply, inFlight }: Exchange) => {
    const replies = new Uint8Array(reply * inFlight);
    const paused = read !== reading.chunks;
    const server = createServer({ pauseOnConnect: paused, noDelay: true }, (accepted) => {
      const sink = new Sink(request);
      const socket = read(accepted, (chunk) => {
        const whole = sink.take(chunk);
        if (whole > 0) socket.write(replies.subarray(0, whole * reply));
      });
      socket.on('error', () => {});
      socket.resume();
    });
    if (kind === 'unix') server.listen(join(folder, 'socket'));
    else server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    if (kind === 'tcp') writeFileSync(join(folder, 'port'), String((server.address() as AddressInfo).port));
  };
}

/** Takes turns with `sockets` of them. */
export function socketClient(kind: Kind, sockets: number): Client {
  return async (folder, { request, reply, inFlight }, answered) => {
    const room = new Uint8Array(256 * 1024);
    const open = Array.from({ length: sockets }, () => {
      let partial = 0;
      const onread: OnReadOpts = {
        buffer: room,
        callback: (length) => {
          for (partial += length; partial >= reply; partial -= reply) answered();
          return true;
        },
      };
      const address =
        kind === 'unix'
          ? { path: join(folder, 'socket') }
          : { port: Number(readFileSync(join(folder, 'port'), 'utf8')), host: '127.0.0.1' };
      const socket = connect({ ...address, onread });
      socket.setNoDelay(true);
      return { socket, gather: new Gather(request, inFlight, (bytes) => socket.write(bytes)) };
    });
    await Promise.all(open.map(({ socket }) => once(socket, 'connect')));
    let turn = 0;
    return {
      send: () => open[turn++ % sockets]!.gather.send(),
      end: () => {
        for (const { socket } of open) socket.destroy();
      },
    };
  };
}
