/** TigerBeetle behind our port, where the client of tigerbeetle-node is a fake over the reference model. */
import { connectTigerBeetle, type TigerBeetlePort } from '../../src/client/index.ts';
import { FakeTigerBeetleClient, fakeCluster } from '../../testing/ports/tigerbeetle-client.ts';

export interface Faked {
  readonly port: TigerBeetlePort;
  /** The clients of one cluster, in the order in which they were made. */
  readonly clients: readonly FakeTigerBeetleClient[];
}

export async function connectFake(timeoutMs?: number): Promise<Faked> {
  const cluster = fakeCluster();
  const clients: FakeTigerBeetleClient[] = [];
  const createClient = (): FakeTigerBeetleClient => {
    const client = new FakeTigerBeetleClient(cluster);
    clients.push(client);
    return client;
  };
  const load = async (): Promise<{ createClient: typeof createClient }> => ({ createClient });
  const options = timeoutMs === undefined ? {} : { timeoutMs };
  return { port: await connectTigerBeetle('tigerbeetle://127.0.0.1:3000', options, load), clients };
}
