/** The server of `net.createServer`, as far as doors need it, on a simulated machine. */
import { EventEmitter } from 'node:events';
import type { Network } from './network.ts';
import type { SimulatedSocket } from './socket.ts';
import type { Host } from './way.ts';

export class SimulatedServer extends EventEmitter {
  readonly #network: Network;
  readonly #host: Host;
  #stop: (() => void) | undefined;
  #port = 0;
  #open = 0;
  #closing: (() => void) | undefined;
  listening = false;

  constructor(network: Network, host: Host, take: (socket: SimulatedSocket) => void) {
    super();
    this.#network = network;
    this.#host = host;
    this.on('connection', take);
  }

  listen(port: number, _host: string, listening: () => void): this {
    this.#port = port;
    this.listening = true;
    this.#stop = this.#network.listen(this.#host, port, {
      life: this.#network.scheduler.current,
      accept: (socket) => {
        this.#open++;
        socket.once('close', () => {
          this.#open--;
          this.#endIfOver();
        });
        this.emit('connection', socket);
      },
    });
    queueMicrotask(listening);
    return this;
  }

  address(): { readonly address: string; readonly family: string; readonly port: number } {
    return { address: this.#host.name, family: 'IPv4', port: this.#port };
  }

  close(closed: () => void): this {
    this.listening = false;
    this.#stop?.();
    this.#closing = closed;
    this.#endIfOver();
    return this;
  }

  #endIfOver(): void {
    if (this.#closing === undefined || this.#open > 0) return;
    queueMicrotask(this.#closing);
    this.#closing = undefined;
  }
}
