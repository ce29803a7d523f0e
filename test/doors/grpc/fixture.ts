/** A ledger in memory behind a gRPC door on a free port. */

import {
  GrpcServer,
  type GrpcServerOptions,
  Ingress,
  type IngressOptions,
} from '../../../packages/server/src/server/index.ts';
import { openMemory } from '../../../src/engine/index.ts';
import type { Port } from '../../../src/model/index.ts';
import { atEnd } from '../../support/endings.ts';

export class GrpcDoorFixture {
  readonly server: GrpcServer;
  readonly ingress: Ingress;
  readonly #port: Port;

  private constructor(server: GrpcServer, ingress: Ingress, port: Port) {
    this.server = server;
    this.ingress = ingress;
    this.#port = port;
  }

  /** `port` in place of a ledger in memory. */
  static async open(
    options: Omit<GrpcServerOptions, 'port'> = {},
    port: Port = openMemory().engine,
    lanes: IngressOptions = {},
    at = 0,
  ): Promise<GrpcDoorFixture> {
    const ingress = new Ingress(port, lanes);
    return new GrpcDoorFixture(await GrpcServer.listen(ingress, { ...options, port: at }), ingress, port);
  }

  /** Without lanes between the door and the port. */
  static async openBare(options: Omit<GrpcServerOptions, 'port'>, port: Port): Promise<GrpcDoorFixture> {
    return new GrpcDoorFixture(await GrpcServer.listen(port, { ...options, port: 0 }), new Ingress(port), port);
  }

  /** Only to see whether it can be had. */
  static async openAt(port: number): Promise<void> {
    const server = await GrpcServer.listen(new Ingress(openMemory().engine), { port });
    await server.drain();
  }

  get authority(): string {
    return `127.0.0.1:${this.server.address.port}`;
  }

  get address(): string {
    return `grpc://${this.authority}`;
  }

  readonly close: () => Promise<void> = atEnd(async () => {
    await this.server.drain(1000);
    await this.ingress.close();
    await this.#port.close();
  });
}
