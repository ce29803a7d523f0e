/**
 * A client whose connection is cut, at every byte of its request and of the reply, with the server killed in between or
 * not: its caller hears what it would have heard without a cut.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GrpcServer, Ingress, NativeServer } from '../../../packages/server/src/server/index.ts';
import { buryWriters } from '../../../sim/disk.ts';
import { type ConnectOptions, connect, createRemoteClient } from '../../../src/client/index.ts';
import { type Engine, once, openFolder, SMALL_SIZES } from '../../../src/engine/index.ts';
import { CreateTransferStatus, TransferFlags, type TransferInput } from '../../../src/model/index.ts';
import { FaultyStorage } from '../../../testing/disk/faulty-storage.ts';
import { CuttingProxy, type Way } from '../../../torture/cutting-proxy.ts';

const { linked } = TransferFlags;
const { created, exceeds_credits, linked_event_failed } = CreateTransferStatus;
/** Header and three events; header and three results. */
const BYTES: { readonly [way in Way]: number } = { request: 4 * 128, reply: 2 * 128 };
const folder = '/l';
/** More than that HTTP/2 does not put around a request. */
const GRPC_MORE = 250;
/** How long a cut may come late. */
const PATIENCE_MS = 500;

/** A ledger that is served at one port, and may be killed. */
class Killable {
  #storage = new FaultyStorage();
  #engine!: Engine;
  #server!: NativeServer;
  #grpc!: GrpcServer;
  port = 0;
  grpcPort = 0;

  async start(): Promise<void> {
    const { engine, ledgerId } = await openFolder(folder, {
      mode: 'inline',
      sizes: SMALL_SIZES,
      storage: this.#storage,
    });
    this.#engine = engine;
    const port = once(engine.window)(new Ingress(engine));
    const served = {
      ledgerId,
      get op() {
        return engine.op;
      },
    };
    this.#server = await NativeServer.listen(() => ({ port }), { host: '127.0.0.1', port: this.port, served });
    this.port = this.#server.address.port;
    this.#grpc = await GrpcServer.listen(port, { host: '127.0.0.1', port: this.grpcPort, served });
    this.grpcPort = this.#grpc.address.port;
  }

  /** Ends at once, with all that is in its memory, and begins again from its files. */
  async kill(): Promise<void> {
    this.#server.destroy();
    const storage = this.#storage.restart();
    await Promise.all([this.#server.drain(), this.#grpc.drain(0)]);
    await this.#engine.close().catch(() => undefined);
    buryWriters(storage, folder);
    this.#storage = storage;
    await this.start();
  }

  async close(): Promise<void> {
    this.#server.destroy();
    await Promise.all([this.#server.drain(), this.#grpc.drain(0)]);
    await this.#engine.close();
  }
}

const ledger = new Killable();
await ledger.start();
const proxy = await CuttingProxy.to(() => ledger.port);
after(async () => {
  proxy.close();
  await ledger.close();
});

/** What a program that uses a ledger calls. */
interface Client {
  createTransfers(transfers: readonly TransferInput[]): Promise<{ status: number; timestamp: bigint }[]>;
  lookupAccounts(ids: readonly bigint[]): Promise<{ id: bigint; debits_posted: bigint; credits_posted: bigint }[]>;
}

let next = 1n;
function chain(amount: bigint): TransferInput[] {
  const leg = { debit_account_id: 1n, credit_account_id: 2n, amount, ledger: 1, code: 1 };
  return [linked, linked, 0].map((flags) => ({ ...leg, id: next++, flags }));
}

/** Sends one chain after the other, each cut somewhere else; every `killEvery`-th cut is a kill. */
async function cutEverywhere(
  client: Client,
  step: number,
  killEvery: number,
  through: CuttingProxy = proxy,
  more = 0,
): Promise<void> {
  let cuts = 0;
  let moved = (await client.lookupAccounts([2n]))[0]!.credits_posted;
  for (const way of ['request', 'reply'] as const) {
    for (let bytes = 0; bytes <= BYTES[way] + more; bytes += step) {
      let killing: Promise<void> | undefined;
      cuts++;
      const kill = cuts % killEvery === 0;
      const ok = cuts % 3 !== 0;
      through.cutAfter(way, bytes, () => {
        if (kill) killing = ledger.kill();
      });
      const results = await client.createTransfers(chain(ok ? 1n : 1_000_000n));
      await killing;
      const where = `${way} cut after ${bytes} bytes${kill ? ', killed' : ''}`;
      const expected = ok ? [created, created, created] : [exceeds_credits, linked_event_failed, linked_event_failed];
      assert.deepEqual(
        results.map(({ status }) => status),
        expected,
        where,
      );
      if (ok) moved += 3n;
      // A cut behind the last byte comes when nothing is on its way, and over HTTP/2 not at all.
      for (let ms = 0; through.isDue && ms < PATIENCE_MS; ms++) await sleep(1);
      through.spare();
    }
  }
  assert.equal((await client.lookupAccounts([2n]))[0]!.credits_posted, moved, `${cuts} chains were done once each`);
}

const options: ConnectOptions = { retry: true, reconnectTimeoutMs: 60_000 };

test('connect: a chain is answered as without the cut, whichever byte it comes at', async () => {
  const client = await connect(`tcp://127.0.0.1:${proxy.port}`, options);
  await client.createAccounts([
    { id: 1n, ledger: 1, code: 1, flags: 2 },
    { id: 2n, ledger: 1, code: 1 },
    { id: 3n, ledger: 1, code: 1 },
  ]);
  await client.createTransfers([
    { id: 10n ** 9n, debit_account_id: 3n, credit_account_id: 1n, amount: 900_000n, ledger: 1, code: 1 },
  ]);
  await cutEverywhere(client, 1, 16);
  await client.close();
});

test('createClient: the same, as programs for tigerbeetle-node expect it', async () => {
  const client = createRemoteClient({ cluster_id: 0n, replica_addresses: [`127.0.0.1:${proxy.port}`] });
  await cutEverywhere(client as Client, 7, 2);
  client.destroy();
});

test('gRPC: the same over a stream, whose requests are numbered as well', async () => {
  const grpcProxy = await CuttingProxy.to(() => ledger.grpcPort);
  const client = await connect(`grpc://127.0.0.1:${grpcProxy.port}`, options);
  await cutEverywhere(client, 19, 3, grpcProxy, GRPC_MORE);
  await client.close();
  grpcProxy.close();
});

test('several requests in flight when the cut comes, each with its own chain: all are answered in order', async () => {
  const client = await connect(`tcp://127.0.0.1:${proxy.port}`, options);
  for (let round = 0; round < 40; round++) {
    const kill = round % 4 === 0;
    let killing: Promise<void> | undefined;
    const way = round % 2 === 0 ? 'reply' : 'request';
    proxy.cutAfter(way, (round * 97) % (8 * BYTES[way]), () => {
      if (kill) killing = ledger.kill();
    });
    const all = await Promise.all(Array.from({ length: 8 }, () => client.createTransfers(chain(1n))));
    await killing;
    assert.deepEqual(
      all.flatMap((results) => results.map(({ status }) => status)),
      Array(24).fill(created),
    );
    const timestamps = all.flat().map(({ timestamp }) => timestamp);
    assert.deepEqual(
      timestamps,
      [...timestamps].sort((a, b) => (a < b ? -1 : 1)),
    );
    while (proxy.isDue) await sleep(1);
  }
  await client.close();
});
