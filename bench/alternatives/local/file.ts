/**
 * A file in memory: the client writes a request at its place and rings; the server reads it from there, straight to
 * where it belongs, and answers likewise.
 */
import { once } from 'node:events';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type Client, type Exchange, type Server, Sink } from './transport.ts';

/** A byte of the bell says at which place. */
const fileOf = (folder: string): string => join(folder, 'requests');
const repliesOf = (folder: string): string => join(folder, 'replies');

export const fileServer: Server = async (folder: string, { request, reply, inFlight }: Exchange) => {
  const requests = openSync(fileOf(folder), 'w+');
  const replies = openSync(repliesOf(folder), 'w+');
  const answer = new Uint8Array(reply);
  const sink = new Sink(request);
  const server = createServer((socket) => {
    socket.on('data', (places: Uint8Array) => {
      for (const place of places) {
        readSync(requests, sink.room(), 0, request, place * request);
        writeSync(replies, answer, 0, reply, place * reply);
      }
      socket.write(places);
    });
    socket.on('error', () => {});
  });
  server.listen(join(folder, 'socket'));
  await once(server, 'listening');
  if (inFlight > 256) throw new Error('a byte names a place');
};

export const fileClient: Client = async (folder, { request, reply, inFlight }, answered) => {
  const requests = openSync(fileOf(folder), 'r+');
  const replies = openSync(repliesOf(folder), 'r');
  const batch = new Uint8Array(request).fill(7);
  const room = new Uint8Array(reply);
  const free = Array.from({ length: inFlight }, (_, place) => place);
  const socket = connect(join(folder, 'socket'));
  await once(socket, 'connect');
  let ringing: number[] = [];
  socket.on('data', (places: Uint8Array) => {
    for (const place of places) {
      readSync(replies, room, 0, reply, place * reply);
      free.push(place);
      answered();
    }
  });
  return {
    send: () => {
      const place = free.pop()!;
      writeSync(requests, batch, 0, request, place * request);
      if (ringing.length === 0) {
        process.nextTick(() => {
          socket.write(Uint8Array.from(ringing));
          ringing = [];
        });
      }
      ringing.push(place);
    },
    end: () => {
      socket.destroy();
      closeSync(requests);
      closeSync(replies);
    },
  };
};
