/**
 * The MessagePack door: one transfer a message, 256 in flight on each of four connections, messages encoded as they are
 * sent.
 *
 *   node dist/bench/doors/msgpack.js [TRANSFERS]     prints one JSON line
 */
import { connect, type Socket } from 'node:net';
import { decode, Encoder } from '@msgpack/msgpack';
import { Frames } from '../../packages/server/src/server/frames.ts';
import { type DoorFigure, figure, withServer } from './serving.ts';

const ACCOUNTS = 10_000;
const CONNECTIONS = 4;
const IN_FLIGHT = 256;
const FRAME_MAX = 1024 * 1024;
const encoder = new Encoder();

export function measureMessagePack(transfers = 500_000): Promise<DoorFigure> {
  return withServer('msgpack', async (port) => {
    const accounts = Array.from({ length: ACCOUNTS }, (_, index) => ({ id: index + 1, ledger: 1, code: 1 }));
    let next = 1;
    let wanted = 0;
    const latencies: number[] = [];

    /** Sends until `wanted`; resolves when all is answered. */
    class Caller {
      readonly #socket: Socket;
      readonly #frames = new Frames(FRAME_MAX);
      readonly #sent = new Map<number, number>();
      #done = (): void => {};
      #failed: (error: Error) => void = () => {};

      constructor() {
        this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
        this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
        this.#socket.on('error', (error) => this.#failed(error));
      }

      #receive(chunk: Buffer): void {
        const now = performance.now();
        const frames = this.#frames;
        frames.push(chunk);
        while (frames.next()) {
          const [id, error, results] = decode(frames.bytes.subarray(frames.start, frames.end)) as [
            number,
            unknown,
            { status: string }[],
          ];
          if (error !== null || results[0]?.status !== 'created')
            this.#failed(new Error(JSON.stringify([error, results])));
          latencies.push(now - this.#sent.get(id)!);
          this.#sent.delete(id);
        }
        this.#fill();
      }

      #fill(): void {
        this.#socket.cork();
        while (this.#sent.size < IN_FLIGHT && next < wanted) {
          const id = next++;
          const debit = 1 + ((id * 7919) % ACCOUNTS);
          this.send(id, 'create_transfers', [
            {
              id,
              debit_account_id: debit,
              credit_account_id: 1 + (debit % ACCOUNTS),
              amount: 1 + (id % 1000),
              ledger: 1,
              code: 1,
            },
          ]);
        }
        this.#socket.uncork();
        if (this.#sent.size === 0) this.#done();
      }

      send(id: number, operation: string, events: readonly object[]): void {
        this.#sent.set(id, performance.now());
        const body = encoder.encodeSharedRef([id, operation, events]);
        const frame = Buffer.allocUnsafe(4 + body.length);
        frame.writeUInt32BE(body.length);
        frame.set(body, 4);
        this.#socket.write(frame);
      }

      run(): Promise<void> {
        return new Promise((resolve, reject) => {
          this.#done = resolve;
          this.#failed = reject;
          this.#fill();
        });
      }

      end(): void {
        this.#socket.destroy();
      }
    }

    const callers = Array.from({ length: CONNECTIONS }, () => new Caller());
    for (let from = 0; from < ACCOUNTS; from += 5000)
      callers[0]!.send(-1 - from, 'create_accounts', accounts.slice(from, from + 5000));
    await callers[0]!.run();
    wanted = transfers / 10;
    await Promise.all(callers.map((caller) => caller.run()));
    latencies.length = 0;
    const first = next;
    wanted = first + transfers;
    const began = performance.now();
    await Promise.all(callers.map((caller) => caller.run()));
    for (const caller of callers) caller.end();
    return figure('msgpack/single', transfers, began, latencies);
  });
}

if (process.argv[1] === import.meta.filename) {
  console.log(JSON.stringify(await measureMessagePack(Number(process.argv[2] ?? 500_000))));
}
