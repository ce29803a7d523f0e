/** Loads of a door that can be sent in turns, with or without a credential. */
import { connect as connectSocket, type Socket } from 'node:net';
import { decode, encode } from '@msgpack/msgpack';
import { Frames } from '../../packages/server/src/server/frames.ts';
import { connect, type RemoteLedger, TransferBatch } from '../../src/index.ts';

const ACCOUNTS = 10_000;

/** A server, with a load of its door. */
export interface Side {
  /** Sends that many transfers, and resolves when all are created. */
  send(transfers: number): Promise<void>;
  close(): Promise<void>;
}

export async function nativeSide(
  address: string,
  token: string | undefined,
  batch: number,
  inFlight: number,
): Promise<Side> {
  const ledger: RemoteLedger = await connect(address, token === undefined ? {} : { token });
  for (let first = 1; first <= ACCOUNTS; first += 5000) {
    await ledger.createAccounts(
      Array.from({ length: 5000 }, (_, index) => ({ id: BigInt(first + index), ledger: 1, code: 1 })),
    );
  }
  const batches = Array.from({ length: inFlight }, () => {
    const made = new TransferBatch(batch);
    const both = { debit_account_id: 1n, credit_account_id: 2n };
    for (let index = 0; index < batch; index++) made.add({ ...both, id: 1n, amount: 1n, ledger: 1, code: 1 });
    return made;
  });
  let next = 1;
  let left = 0;
  const caller = async (made: TransferBatch): Promise<void> => {
    const view = new DataView(made.bytes.buffer, made.bytes.byteOffset);
    while (left > 0) {
      left -= batch;
      for (let at = 0; at < batch * 128; at += 128) {
        const debit = 1 + (next % ACCOUNTS);
        view.setUint32(at, next++, true);
        view.setUint32(at + 16, debit, true);
        view.setUint32(at + 32, 1 + (debit % ACCOUNTS), true);
      }
      const failure = (await ledger.createTransfers(made)).firstFailure();
      if (failure !== -1) throw new Error(`transfer ${failure} of a batch was not created`);
    }
  };
  return {
    async send(transfers) {
      left = transfers;
      await Promise.all(batches.map(caller));
    },
    close: () => ledger.close(),
  };
}

/** One transfer a message, 256 of them unanswered. */
class MessagePackSide implements Side {
  readonly #socket: Socket;
  readonly #frames = new Frames(1 << 20);
  #next = 1;
  #left = 0;
  #unanswered = 0;
  #done = (): void => {};
  #failed: (error: Error) => void = () => {};

  constructor(address: string, token: string | undefined) {
    this.#socket = connectSocket({ port: Number(new URL(address).port), host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#failed(error));
    if (token !== undefined) this.#write({ id: 0, op: 'hello', token });
  }

  #write(message: unknown): void {
    const body = encode(message);
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32BE(body.length);
    this.#socket.write(head);
    this.#socket.write(body);
    this.#unanswered++;
  }

  #receive(chunk: Buffer): void {
    const frames = this.#frames;
    frames.push(chunk);
    while (frames.next()) {
      const reply = decode(frames.bytes.subarray(frames.start, frames.end));
      const [, error, results] = Array.isArray(reply) ? reply : [0, (reply as { error?: unknown }).error ?? null, []];
      const wrong = (results as { status?: string }[]).find(({ status }) => status !== 'created');
      if (error !== null || wrong !== undefined) this.#failed(new Error(JSON.stringify(reply)));
      this.#unanswered--;
    }
    this.#fill();
  }

  #fill(): void {
    this.#socket.cork();
    for (; this.#unanswered < 256 && this.#left > 0; this.#left--) {
      const id = this.#next++;
      const debit = 1 + (id % ACCOUNTS);
      const credit = 1 + (debit % ACCOUNTS);
      const transfer = { id, debit_account_id: debit, credit_account_id: credit, amount: 1, ledger: 1, code: 1 };
      this.#write([id, 'create_transfers', [transfer]]);
    }
    this.#socket.uncork();
    if (this.#unanswered === 0) this.#done();
  }

  async furnish(): Promise<void> {
    for (let first = 1; first <= ACCOUNTS; first += 5000) {
      const accounts = Array.from({ length: 5000 }, (_, index) => ({ id: first + index, ledger: 1, code: 1 }));
      this.#write([-first, 'create_accounts', accounts]);
    }
    await this.send(0);
  }

  send(transfers: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
      this.#left = transfers;
      this.#fill();
    });
  }

  close(): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }
}

export async function messagePackSide(address: string, token: string | undefined): Promise<Side> {
  const side = new MessagePackSide(address, token);
  await side.furnish();
  return side;
}
