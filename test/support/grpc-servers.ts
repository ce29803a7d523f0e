/** Servers of the gRPC door in front of ports of the test's own, ended when the tests of the file are done. */
import { after } from 'node:test';
import { GrpcServer, type GrpcServerOptions } from '../../packages/server/src/server/index.ts';
import { type ConnectOptions, connect, type RemoteLedger } from '../../src/client/index.ts';
import type { FakePort } from '../../testing/ports/fake-port.ts';

export interface GrpcServers {
  /** Called in the end, last one first. */
  readonly endings: (() => Promise<unknown>)[];
  serve(port: FakePort, options?: Partial<GrpcServerOptions>): Promise<GrpcServer>;
  connected(server: GrpcServer, options?: ConnectOptions): Promise<RemoteLedger>;
}

export function grpcServers(): GrpcServers {
  const endings: (() => Promise<unknown>)[] = [];
  after(async () => {
    for (const end of endings.reverse()) await end();
  });
  return {
    endings,
    async serve(port, options = {}) {
      const server = await GrpcServer.listen(port, { port: 0, ...options });
      endings.push(() => server.drain(0));
      return server;
    },
    async connected(server, options) {
      const ledger = await connect(grpcAddress(server), options);
      endings.push(() => ledger.close());
      return ledger;
    },
  };
}

export function grpcAddress({ address }: GrpcServer): string {
  return `grpc://${address.host}:${address.port}`;
}
