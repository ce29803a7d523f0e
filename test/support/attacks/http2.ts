/** What strangers and bad callers do to an HTTP/2 door. */
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import type { Socket } from 'node:net';
import { often } from './crowd.ts';

const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0]),
]);
export const SUBMIT = '/tallystick.v1.Ledger/Submit';
export const WATCH = '/grpc.health.v1.Health/Watch';
const PING = 6;
const FRAME_HEADER = 9;

/** Greets and answers pings, so that the connection is as alive as one can be without a token. */
export function polite(socket: Socket): void {
  socket.write(PREFACE);
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= FRAME_HEADER && bytes.length >= FRAME_HEADER + bytes.readUIntBE(0, 3)) {
      const frame = bytes.subarray(0, FRAME_HEADER + bytes.readUIntBE(0, 3));
      bytes = bytes.subarray(frame.length);
      if (frame[3] !== PING || (frame[4]! & 1) !== 0) continue;
      const answer = Buffer.from(frame);
      answer[4] = 1;
      socket.write(answer);
    }
  });
}

export const greeting: Uint8Array = PREFACE;

function sessionOver(socket: Socket): ClientHttp2Session {
  const session = connect('http://localhost', { createConnection: () => socket });
  session.on('error', () => {});
  session.once('close', () => socket.destroy());
  return session;
}

function open(session: ClientHttp2Session, path: string, token?: string): ReturnType<ClientHttp2Session['request']> {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  });
  stream.on('error', () => {});
  stream.resume();
  return stream;
}

/** So many calls at once, each of which sends `bytes` and does not end. */
export function calls(socket: Socket, count: number, path: string, bytes: Uint8Array, token?: string): void {
  const session = sessionOver(socket);
  for (let i = 0; i < count; i++) open(session, path, token).write(bytes);
}

/** One call that goes on: what it is sent with is up to `act`. */
export function call(
  socket: Socket,
  path: string,
  token: string,
  act: (stream: { write(bytes: Uint8Array): unknown }) => void,
): void {
  act(open(sessionOver(socket), path, token));
}

/** Opens calls and takes each back at once, again and again. */
export function resets(socket: Socket, count: number): void {
  const session = sessionOver(socket);
  often(socket, 100, () => {
    for (let i = 0; i < count && !session.destroyed; i++) open(session, SUBMIT).close(constants.NGHTTP2_CANCEL);
  });
}
