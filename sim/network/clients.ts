/**
 * Simulated programs that use the ledger: the real client over simulated sockets. They come and go, wait, die, and send
 * again what was not answered.
 */
import { Session } from '../../src/client/session.ts';
import { type Operation, operationShapes, TallystickError } from '../../src/model/index.ts';
import type { Random } from '../../testing/model/random.ts';
import type { RequestStep, Step } from '../../testing/model/workload.ts';
import { CODECS, codecs } from '../checkers/codecs.ts';
import type { ExactlyOnce } from '../checkers/exactly-once.ts';
import { linearizability } from '../checkers/linearizability.ts';
import type { History } from './history.ts';
import type { Network } from './network.ts';
import { Life, type Scheduler } from './scheduler.ts';
import { PORT } from './server.ts';
import type { Host } from './way.ts';

export interface ClientTaste {
  /** Between an answer and the next question, on average, milliseconds. */
  readonly thinkMs: number;
  readonly inFlight: number;
  readonly retry: boolean;
  readonly reconnectTimeoutMs: number;
  /** Share of clients that only read. */
  readonly readers: number;
  /** For how long a read is waited for, now and then, milliseconds; undefined: always as long as it takes. */
  readonly deadlineMs: number | undefined;
  /** Chance that a request that was given up is sent again, by this client or another. */
  readonly again: number;
}

/** The clients' shared surroundings. */
export interface Town {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly random: Random;
  readonly history: History;
  readonly exactlyOnce: ExactlyOnce;
  /** False: what is heard is not looked at, as in the second run of a seed. */
  readonly judges: boolean;
  readonly servers: readonly Host[];
  readonly taste: ClientTaste;
  /** Sent by somebody, and not answered. */
  readonly backlog: RequestStep[];
  next(): Step;
  count(what: string): void;
  fail(error: unknown): void;
  answered(): void;
}

/** Nobody tries again at once. */
const FAILED_MS = 20;

/** Errors that a server, or the way to one, may give for a correct request. */
const EXPECTED: ReadonlySet<string> = new Set([
  'closed',
  'connection_lost',
  'deadline_exceeded',
  'disk_full',
  'disk_failed',
  'fence_lost',
  'lane_full',
  // A writer that was replaced, and has not heard so yet.
  'ledger_behind',
  'timed_out',
  'too_many_connections',
  'too_many_pendings',
  'unreachable',
]);

export class ClientProcess {
  readonly life: Life;
  readonly host: Host;
  readonly #town: Town;
  readonly #session: Session;
  readonly #lane: number;
  readonly #reads: boolean;
  readonly #unanswered = new Set<RequestStep>();
  /** It asks nothing new. */
  #leaving = false;
  #idle = false;
  #filling = false;

  constructor(town: Town, number: number) {
    const { random, servers, taste, network } = town;
    this.#town = town;
    this.life = new Life(`client ${number}`);
    this.host = { name: `c${number}`, up: true };
    this.#lane = random.pick([0, 0, 1, 2]);
    this.#reads = random.chance(taste.readers);
    const addresses = servers.map(({ name }) => ({ host: name, port: PORT }));
    this.#session = this.#within(
      () =>
        new Session({
          addresses: random.chance(0.5) ? addresses : addresses.toReversed(),
          cluster: 0n,
          connectTimeoutMs: random.pick([500, 5000]),
          reconnectTimeoutMs: taste.reconnectTimeoutMs,
          retry: taste.retry,
          lane: this.#lane,
          openSocket: (address, onread) => network.connect(this.host, address, onread) as never,
        }),
    );
  }

  #within<T>(act: () => T): T {
    const { scheduler } = this.#town;
    const { current } = scheduler;
    scheduler.current = this.life;
    try {
      return act();
    } finally {
      scheduler.current = current;
    }
  }

  get unanswered(): number {
    return this.#unanswered.size;
  }

  get sessionUnanswered(): number {
    return this.#session.unanswered;
  }

  /** Begins to ask, or goes on. */
  start(): void {
    this.#fillAfter(0);
  }

  #fillAfter(milliseconds: number): void {
    if (this.#filling) return;
    this.#filling = true;
    const { scheduler } = this.#town;
    scheduler.after(
      milliseconds,
      () => {
        this.#filling = false;
        this.#fill();
      },
      this.life,
    );
  }

  #think(): void {
    const { random, taste } = this.#town;
    this.#fillAfter(this.#leaving ? 1 : -taste.thinkMs * Math.log(1 - random.u32() / 2 ** 32));
  }

  /** Asks as much as it likes to have unanswered. */
  #fill(): void {
    const { taste, random, backlog } = this.#town;
    while (!this.#idle && this.#unanswered.size < taste.inFlight) {
      if (backlog.length > 0 && (this.#leaving || random.chance(0.3))) {
        this.#ask(backlog.splice(random.below(backlog.length), 1)[0]!);
        continue;
      }
      if (this.#leaving) return;
      const step = this.#next();
      if (step.kind === 'request') this.#ask(step);
      else this.#rest(Number(step.nanoseconds) / 1e6);
      // Some ask in one breath, others one by one.
      if (random.chance(0.3)) break;
    }
    if (!this.#idle && this.#unanswered.size < taste.inFlight) this.#think();
  }

  #next(): Step {
    for (let tries = 0; ; tries++) {
      const step = this.#town.next();
      if (!this.#reads || tries === 20) return step;
      if (step.kind === 'request' && !operationShapes[step.operation as Operation].journalled) return step;
    }
  }

  #rest(milliseconds: number): void {
    this.#idle = true;
    this.#town.scheduler.after(
      milliseconds,
      () => {
        this.#idle = false;
        this.#fill();
      },
      this.life,
    );
  }

  #ask(step: RequestStep): void {
    const { history } = this.#town;
    const { operation, events } = step;
    const from = history.entries.length;
    this.#unanswered.add(step);
    const count = events.length / operationShapes[operation as Operation].eventSize;
    this.#session
      .request({
        operation: operation as Operation,
        count,
        write: ({ bytes }, at) => bytes.set(events, at),
        read: ({ bytes }, at, size) => bytes.slice(at, at + size),
        context: this.#terms(operation),
      })
      .then(
        (reply) => this.#heard(step, from, reply),
        (error: unknown) => this.#failed(step, error),
      )
      .catch((error: unknown) => this.#town.fail(error));
  }

  /** Now and then a read has a deadline; what creates is waited for, so that it is known what became of it. */
  #terms(operation: number): { readonly timeoutMs?: number } {
    const { taste, random } = this.#town;
    if (taste.deadlineMs === undefined || this.#leaving) return {};
    if (operationShapes[operation as Operation].journalled || random.chance(0.6)) return {};
    return { timeoutMs: taste.deadlineMs };
  }

  #heard(step: RequestStep, from: number, reply: Uint8Array): void {
    this.#unanswered.delete(step);
    if (this.#town.judges) this.#judge(step, from, reply);
    this.#town.answered();
    this.#think();
  }

  #judge({ operation, events }: RequestStep, from: number, reply: Uint8Array): void {
    const { history, exactlyOnce } = this.#town;
    linearizability(history.entries, { operation, events, from, reply });
    exactlyOnce.heard(operation, events, reply);
    // Every door can say what one door says.
    const codec = CODECS[from % (4 * CODECS.length)];
    if (codec !== undefined) codecs(codec, operation, events, reply);
  }

  #failed(step: RequestStep, error: unknown): void {
    const { random, backlog, taste } = this.#town;
    if (!(error instanceof TallystickError && EXPECTED.has(error.code))) throw error;
    this.#town.count(`call ended by ${error.code}`);
    this.#unanswered.delete(step);
    // There may never be room for more pending transfers.
    if (error.code !== 'too_many_pendings' && random.chance(taste.again)) backlog.push(step);
    this.#fillAfter(FAILED_MS);
  }

  /** Asks nothing new, but what others have left unanswered. */
  finish(): void {
    this.#leaving = true;
    this.start();
  }

  /** Leaves in order; what is unanswered then is given up. */
  async close(): Promise<void> {
    this.#leaving = true;
    await this.#within(() => this.#session.close());
    this.life.dead = true;
  }

  /** It is gone; others go on with what it had not heard. */
  kill(): void {
    this.life.dead = true;
    this.#town.backlog.push(...this.#unanswered);
    this.#unanswered.clear();
  }
}
