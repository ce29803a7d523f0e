/** One connection: two sockets and the way between them, and what the kernels at both ends know of it. */
import type { Life } from './scheduler.ts';
import type { Host, Way } from './way.ts';

/** Timeouts of kernels for silent peers, milliseconds: how long they go on sending, and asking; how often they look. */
const GIVE_UP_MS = 924_000;
const PROBES_MS = 9 * 75_000;
const LOOK_MS = 15_000;

/** A socket, as far as kernels look at one. */
interface Wired {
  readonly life: Life | undefined;
  /** Bytes that the kernel has and that the other program has not taken. */
  readonly standing: number;
  readonly keepAliveMs: number | undefined;
  fail(code: 'ECONNRESET' | 'ETIMEDOUT'): void;
  receiveEnd(): void;
}

interface End<Socket> {
  readonly host: Host;
  readonly socket: Socket;
}

export class Connection<Socket extends Wired> {
  readonly #network: Way;
  readonly #ends: readonly [End<Socket>, End<Socket>];
  /** Segments on their way, by sender: when the last one arrives, and those that cannot leave. */
  readonly #last: [number, number] = [0, 0];
  readonly #held: [(() => void)[], (() => void)[]] = [[], []];
  /** True for each end that has forgotten the connection. */
  readonly #gone: [boolean, boolean] = [false, false];
  #watching = false;
  /** Something in between has forgotten it: nothing comes through, and nobody is told. */
  #forgotten = false;

  constructor(network: Way, a: End<Socket>, b: End<Socket>) {
    this.#network = network;
    this.#ends = [a, b];
  }

  #side(socket: Socket): 0 | 1 {
    return this.#ends[0].socket === socket ? 0 : 1;
  }

  /**
   * Bytes of `from` arrive in order: `arrive` is called with the other one, in its life. `data`: a kernel that does not
   * know the connection objects.
   */
  send(from: Socket, data: boolean, arrive: (to: Socket) => void): void {
    const side = this.#side(from);
    const other = side === 0 ? 1 : 0;
    const deliver = (): void => {
      const { scheduler } = this.#network;
      const at = Math.max(this.#last[side], scheduler.now + this.#network.passage());
      this.#last[side] = at;
      scheduler.atAll(at, () => {
        if (!this.#gone[other]) scheduler.enter(this.#ends[other].socket.life, () => this.#arrived(other, arrive));
        else if (data) this.#refuse(other);
      });
    };
    if (this.#held[side].length === 0 && this.#passes(side)) deliver();
    else {
      this.#held[side].push(deliver);
      this.#watch();
    }
  }

  #arrived(at: 0 | 1, arrive: (to: Socket) => void): void {
    if (!this.#gone[at] && !this.#forgotten) arrive(this.#ends[at].socket);
  }

  /** A kernel that does not know the connection says so. */
  #refuse(at: 0 | 1): void {
    const { host } = this.#ends[at];
    const other = this.#ends[at === 0 ? 1 : 0];
    if (!host.up || !this.#network.reaches(host.name, other.host.name)) return;
    this.#network.scheduler.after(this.#network.delay(), () => other.socket.fail('ECONNRESET'), other.socket.life);
  }

  #passes(side: 0 | 1): boolean {
    const from = this.#ends[side].host;
    const to = this.#ends[side === 0 ? 1 : 0].host;
    return !this.#forgotten && to.up && this.#network.reaches(from.name, to.name);
  }

  /** The way may be free again. */
  flush(): void {
    for (const side of [0, 1] as const) {
      if (!this.#passes(side)) continue;
      for (const deliver of this.#held[side].splice(0)) deliver();
    }
  }

  vanished(host: Host): void {
    for (const side of [0, 1] as const) {
      if (this.#ends[side].host === host) this.#gone[side] = true;
    }
    this.#watch();
    this.#forgetIfOver();
  }

  ended(life: Life): void {
    for (const side of [0, 1] as const) {
      const { socket } = this.#ends[side];
      if (socket.life !== life || this.#gone[side]) continue;
      // Bytes that were not read make the kernel reset it; else it only says that nothing more comes.
      if (this.#network.random.chance(0.5)) this.#refuse(side);
      else this.send(socket, false, (to) => to.receiveEnd());
      this.#gone[side] = true;
    }
    // Its last words may not have arrived: the other end finds out when it asks.
    this.#watch();
    this.#forgetIfOver();
  }

  /** `socket` is closed. With `reset` the other one hears of it at once. */
  closed(socket: Socket, reset: boolean): void {
    const side = this.#side(socket);
    if (this.#gone[side]) return;
    this.#gone[side] = true;
    if (reset) this.#refuse(side);
    this.#watch();
    this.#forgetIfOver();
  }

  /** Something in between resets both ends. */
  reset(): void {
    const { scheduler } = this.#network;
    for (const { socket } of this.#ends) scheduler.after(0, () => socket.fail('ECONNRESET'), socket.life);
  }

  /** Something in between forgets it. */
  forget(): void {
    this.#forgotten = true;
    this.#watch();
  }

  #forgetIfOver(): void {
    if (this.#gone[0] && this.#gone[1]) this.#network.connections.delete(this);
  }

  /** Somebody at one end hears nothing from the other: looks now and then whether it should give up. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const { scheduler } = this.#network;
    const since = scheduler.now;
    const look = (): void => {
      const waited = scheduler.now - since;
      let goesOn = false;
      for (const side of [0, 1] as const) {
        const other = side === 0 ? 1 : 0;
        const { socket } = this.#ends[side];
        if (this.#gone[side]) continue;
        const speaks = this.#held[side].length > 0 || socket.standing > 0;
        const asks = socket.keepAliveMs !== undefined && waited > socket.keepAliveMs;
        const lost = this.#forgotten || this.#gone[other] || !this.#passes(side) || !this.#passes(other);
        if (!lost || !(speaks || asks || socket.keepAliveMs !== undefined)) continue;
        goesOn = true;
        if (this.#gone[other] && this.#passes(side) && (speaks || asks)) this.#refuse(other);
        else if (waited > (speaks ? GIVE_UP_MS : (socket.keepAliveMs ?? 0) + PROBES_MS)) {
          scheduler.after(0, () => socket.fail('ETIMEDOUT'), socket.life);
        }
      }
      if (goesOn) scheduler.afterAll(LOOK_MS * (0.5 + this.#network.random.u32() / 2 ** 33), look);
      else this.#watching = false;
    };
    scheduler.afterAll(this.#network.random.below(LOOK_MS), look);
  }
}
