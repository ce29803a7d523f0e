/** A ledger in memory behind a gRPC door on a free port. */
import { openMemory } from '../../src/engine/index.ts';
import type { RequestPort } from '../../src/model/index.ts';
import { GrpcServer, type GrpcServerOptions, Ingress, type IngressOptions } from '../../src/server/index.ts';

export class GrpcDoorFixture {
  readonly server: GrpcServer;
  readonly ingress: Ingress;
  readonly #port: RequestPort;

  private constructor(server: GrpcServer, ingress: Ingress, port: RequestPort) {
    this.server = server;
    this.ingress = ingress;
    this.#port = port;
  }

  /** `port` in place of a ledger in memory. */
  static async open(
    options: Omit<GrpcServerOptions, 'port'> = {},
    port: RequestPort = openMemory().engine,
    lanes: IngressOptions = {},
  ): Promise<GrpcDoorFixture> {
    const ingress = new Ingress(port, lanes);
    return new GrpcDoorFixture(await GrpcServer.listen(ingress, { ...options, port: 0 }), ingress, port);
  }

  get authority(): string {
    return `127.0.0.1:${this.server.address.port}`;
  }

  get address(): string {
    return `grpc://${this.authority}`;
  }

  async close(): Promise<void> {
    await this.server.drain(1000);
    await this.ingress.close();
    await this.#port.close();
  }
}
