/**
 * A way from a node to a server that can be broken without either of them hearing of it: what is sent goes nowhere, as
 * when a cable is pulled, and connections end only when somebody's patience does.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class BreakableWay {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #broken = false;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async to(port: number): Promise<BreakableWay> {
    let way: BreakableWay | undefined;
    const server = createServer((client) => way!.#join(client, connect(port, '127.0.0.1'))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    way = new BreakableWay(server);
    return way;
  }

  /** Nothing passes any more. */
  break(): void {
    this.#broken = true;
  }

  /** New connections pass. Those that were open have lost bytes and end. */
  mend(): void {
    if (!this.#broken) return;
    this.#broken = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, server: Socket): void {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        // Nobody hears of an end that happens behind the break.
        if (!this.#broken) to.destroy();
      });
      from.on('data', (chunk: Buffer) => {
        if (!this.#broken) to.write(chunk);
      });
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
