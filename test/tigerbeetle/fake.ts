/** TigerBeetle behind our port, where the client of tigerbeetle-node is a fake over the reference model. */
import { connectTigerBeetle, type TigerBeetlePort } from '../../src/client/index.ts';
import { ModelLedger } from '../../testing/ports/model-ledger.ts';
import { FakeTigerBeetleClient } from '../../testing/ports/tigerbeetle-client.ts';

export interface Faked {
  readonly port: TigerBeetlePort;
  /** The clients of one cluster, in the order in which they were made. */
  readonly clients: readonly FakeTigerBeetleClient[];
  /** Turns the cluster's clock. */
  advance(nanoseconds: bigint): Promise<void>;
}

export async function connectFake(timeoutMs?: number): Promise<Faked> {
  const cluster = new ModelLedger();
  const clients: FakeTigerBeetleClient[] = [];
  const createClient = (): FakeTigerBeetleClient => {
    const client = new FakeTigerBeetleClient(cluster);
    clients.push(client);
    return client;
  };
  const load = async (): Promise<{ createClient: typeof createClient }> => ({ createClient });
  const options = timeoutMs === undefined ? {} : { timeoutMs };
  const port = await connectTigerBeetle('tigerbeetle://127.0.0.1:3000', options, load);
  return { port, clients, advance: (nanoseconds) => cluster.advance(nanoseconds) };
}
