/** A way to a server that is cut after so many bytes, on the way there or on the way back. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export type Way = 'request' | 'reply';

export class CuttingProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #target: () => number;
  readonly #open = new Set<Socket>();
  /** The next connection's bytes to pass that way before everything is cut; undefined: no cut is due. */
  #due: { readonly way: Way; left: number; readonly cut: () => void } | undefined;
  /** Clients that came while nobody was let through; undefined: everybody is. */
  #held: Socket[] | undefined;

  private constructor(server: Server, target: () => number) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
  }

  /** `port`: where the server listens when a connection comes. */
  static async to(port: () => number): Promise<CuttingProxy> {
    let proxy: CuttingProxy | undefined;
    const server = createServer((client) => proxy!.#enter(client)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = new CuttingProxy(server, port);
    return proxy;
  }

  /** Passes `bytes` more that way, then cuts all connections, once. `cut` is called then. */
  cutAfter(way: Way, bytes: number, cut: () => void = () => undefined): void {
    this.#due = { way, left: bytes, cut };
    if (bytes === 0 && way === 'request') this.#cut();
  }

  /** Whether the cut that was asked for is still to come. */
  get isDue(): boolean {
    return this.#due !== undefined;
  }

  /** The cut that is due does not come any more. */
  spare(): void {
    this.#due = undefined;
  }

  /** Clients that come from now on wait at the door. */
  hold(): void {
    this.#held ??= [];
  }

  /** Lets those through who waited, and everybody who comes. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const client of held) if (!client.destroyed) this.#enter(client);
  }

  #enter(client: Socket): void {
    if (this.#held === undefined) this.#join(client, connect(this.#target(), '127.0.0.1'));
    else {
      client.on('error', () => undefined);
      this.#held.push(client);
    }
  }

  #join(client: Socket, server: Socket): void {
    const pass = (from: Socket, to: Socket, way: Way): void => {
      this.#open.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#open.delete(from);
        to.destroy();
      });
      from.on('data', (chunk: Buffer) => {
        const due = this.#due;
        if (due?.way !== way || chunk.length < due.left) {
          if (due?.way === way) due.left -= chunk.length;
          to.write(chunk);
          return;
        }
        // What went before the cut arrives.
        to.write(chunk.subarray(0, due.left), () => this.#cut());
        from.pause();
      });
    };
    pass(client, server, 'request');
    pass(server, client, 'reply');
  }

  #cut(): void {
    const due = this.#due;
    this.#due = undefined;
    for (const socket of this.#open) socket.destroy();
    due?.cut();
  }

  close(): void {
    for (const socket of [...this.#open, ...(this.#held ?? [])]) socket.destroy();
    this.#server.close();
  }
}
