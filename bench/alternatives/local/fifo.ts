/**
 * Named pipes: reading one blocks a thread, so each end has a thread that reads into shared memory and wakes the other.
 */
import { execFileSync } from 'node:child_process';
import { openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { type Client, type Exchange, Gather, type Server, Sink } from './transport.ts';

interface Reading {
  readonly path: string;
  readonly bytes: SharedArrayBuffer;
  /** Bytes read, bytes consumed: endless counts. */
  readonly words: SharedArrayBuffer;
}

const ROOM = 2 ** 20;
const READ = 0;
const CONSUMED = 1;

const { waitAsync } = Atomics as unknown as {
  waitAsync(words: Int32Array, index: number, seen: number): { async: false } | { async: true; value: Promise<string> };
};

/** Calls `take` with what a thread reads from the pipe. */
function readPipe(path: string, take: (bytes: Uint8Array) => void): Worker {
  const reading: Reading = { path, bytes: new SharedArrayBuffer(ROOM), words: new SharedArrayBuffer(8) };
  const worker = new Worker(import.meta.filename, { workerData: { reading } });
  const words = new Int32Array(reading.words);
  const bytes = new Uint8Array(reading.bytes);
  const look = (): void => {
    for (;;) {
      const read = Atomics.load(words, READ);
      const consumed = Atomics.load(words, CONSUMED);
      if (read !== consumed) {
        const from = consumed & (ROOM - 1);
        const length = Math.min((read - consumed) | 0, ROOM - from);
        take(bytes.subarray(from, from + length));
        Atomics.store(words, CONSUMED, (consumed + length) | 0);
        Atomics.notify(words, CONSUMED);
        continue;
      }
      const wait = waitAsync(words, READ, read);
      if (!wait.async) continue;
      void wait.value.then(look);
      return;
    }
  };
  look();
  return worker;
}

function readForever({ path, bytes, words: shared }: Reading): never {
  const words = new Int32Array(shared);
  const room = new Uint8Array(bytes);
  const pipe = openSync(path, 'r');
  for (;;) {
    const read = Atomics.load(words, READ);
    const consumed = Atomics.load(words, CONSUMED);
    const free = ROOM - ((read - consumed) | 0);
    if (free === 0) {
      Atomics.wait(words, CONSUMED, consumed);
      continue;
    }
    const from = read & (ROOM - 1);
    const length = readSync(pipe, room, from, Math.min(free, ROOM - from), null);
    // The other end has gone: this is the end of the process too.
    if (length === 0) Atomics.wait(words, READ, read);
    Atomics.store(words, READ, (read + length) | 0);
    Atomics.notify(words, READ);
  }
}

export const fifoServer: Server = async (folder: string, { request, reply, inFlight }: Exchange) => {
  const paths = [join(folder, 'requests'), join(folder, 'replies')] as const;
  execFileSync('mkfifo', [...paths]);
  const sink = new Sink(request);
  const answers = new Uint8Array(reply * inFlight);
  let replies: number | undefined;
  readPipe(paths[0], (bytes) => {
    replies ??= openSync(paths[1], 'w');
    const whole = sink.take(bytes);
    if (whole > 0) writeAll(replies, answers.subarray(0, whole * reply));
  });
};

export const fifoClient: Client = async (folder, { request, reply, inFlight }, answered) => {
  let partial = 0;
  const worker = readPipe(join(folder, 'replies'), (bytes) => {
    for (partial += bytes.length; partial >= reply; partial -= reply) answered();
  });
  const requests = openSync(join(folder, 'requests'), 'w');
  const gather = new Gather(request, inFlight, (bytes) => writeAll(requests, bytes));
  return {
    send: () => gather.send(),
    end: () => {
      void worker.terminate();
    },
  };
};

/** Blocks while the pipe is full: there is always a thread at the other end. */
function writeAll(pipe: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(pipe, bytes, at);
}

if (!isMainThread && (workerData as { reading?: Reading } | null)?.reading !== undefined) {
  readForever((workerData as { reading: Reading }).reading);
}
