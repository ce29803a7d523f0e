/**
 * A network between simulated machines, as programs over TCP see one: connections take time, bytes come in order, cut
 * anywhere, late after a loss, and not at all while the way is cut. A machine that is gone says nothing; a process that
 * is gone leaves a kernel that resets what is left of its connections.
 */
import type { OnReadOpts } from 'node:net';
import type { Random } from '../../testing/model/random.ts';
import { Connection } from './connection.ts';
import type { Life, Scheduler } from './scheduler.ts';
import { SimulatedSocket } from './socket.ts';
import type { Host, NetworkTaste, Way } from './way.ts';

export interface Listener {
  readonly life: Life | undefined;
  readonly accept: (socket: SimulatedSocket) => void;
}

/** A kernel sends again after that long, and then after twice as long. */
const RETRANSMIT_MS = 200;

export class Network implements Way {
  readonly scheduler: Scheduler;
  readonly random: Random;
  taste: NetworkTaste;
  readonly #listeners = new Map<string, Listener & { readonly host: Host }>();
  readonly #cut = new Set<string>();
  readonly #down = new Set<string>();
  readonly connections: Set<Connection<SimulatedSocket>> = new Set();

  constructor(scheduler: Scheduler, random: Random, taste: NetworkTaste) {
    this.scheduler = scheduler;
    this.random = random;
    this.taste = taste;
  }

  listen(host: Host, port: number, listener: Listener): () => void {
    const key = `${host.name}:${port}`;
    const listening = { ...listener, host };
    this.#listeners.set(key, listening);
    return () => {
      if (this.#listeners.get(key) === listening) this.#listeners.delete(key);
    };
  }

  /** As `net.connect`. */
  connect(from: Host, to: { readonly host: string; readonly port: number }, onread?: OnReadOpts): SimulatedSocket {
    const { scheduler } = this;
    const socket = new SimulatedSocket(this, scheduler.current, { onread, allowHalfOpen: false });
    const tryIt = (waited: number): void => {
      if (socket.destroyed) return;
      const listener = this.#listeners.get(`${to.host}:${to.port}`);
      if (listener !== undefined && this.reaches(from.name, to.host) && this.reaches(to.host, from.name)) {
        if (listener.host.up) this.#open(from, socket, listener);
      } else if (!this.reaches(from.name, to.host) || !this.#isUp(to.host)) {
        if (waited > 127_000) socket.fail('ETIMEDOUT');
        else scheduler.after(1000 + waited, () => tryIt(2 * waited + 1000), socket.life);
      } else scheduler.after(this.delay(), () => socket.fail('ECONNREFUSED'), socket.life);
    };
    scheduler.after(this.delay(), () => tryIt(0), socket.life);
    return socket;
  }

  #open(from: Host, socket: SimulatedSocket, listener: Listener & { readonly host: Host }): void {
    const { scheduler } = this;
    const accepted = new SimulatedSocket(this, listener.life, { onread: undefined, allowHalfOpen: true });
    const connection = new Connection(this, { host: from, socket }, { host: listener.host, socket: accepted });
    this.connections.add(connection);
    socket.connection = connection;
    accepted.connection = connection;
    accepted.connected();
    scheduler.after(0, () => listener.accept(accepted), listener.life);
    scheduler.after(this.delay(), () => socket.connected(), socket.life);
  }

  #isUp(host: string): boolean {
    return !this.#down.has(host);
  }

  delay(): number {
    const { latency, jitter } = this.taste;
    return latency - jitter * Math.log(1 - this.random.u32() / 2 ** 32);
  }

  /** The delay of a segment, with the delays of its losses. */
  passage(): number {
    let extra = 0;
    for (let wait = RETRANSMIT_MS; this.random.chance(this.taste.loss); wait *= 2) extra += wait;
    return extra + this.delay();
  }

  reaches(from: string, to: string): boolean {
    return !this.#cut.has(`${from}>${to}`);
  }

  /** Nothing goes from one to the other until it is healed. */
  cut(from: string, to: string): void {
    this.#cut.add(`${from}>${to}`);
  }

  heal(): void {
    this.#cut.clear();
    this.#flush();
  }

  #flush(): void {
    for (const connection of this.connections) connection.flush();
  }

  /** The power of a machine goes: its listeners and connections are gone, and nobody is told. */
  vanish(host: Host): void {
    host.up = false;
    this.#down.add(host.name);
    for (const [key, listener] of this.#listeners) if (listener.host === host) this.#listeners.delete(key);
    for (const connection of this.connections) connection.vanished(host);
  }

  appear(host: Host): void {
    host.up = true;
    this.#down.delete(host.name);
    this.#flush();
  }

  /** A process ends: the kernel closes its sockets, and what is listening. */
  ended(life: Life): void {
    for (const [key, listener] of this.#listeners) if (listener.life === life) this.#listeners.delete(key);
    for (const connection of this.connections) connection.ended(life);
  }
}
