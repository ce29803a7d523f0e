/**
 * One seed's town: two machines that see one disk, servers on them, clients all around, and everything that is counted
 * and compared.
 */
import { createHash, type Hash } from 'node:crypto';
import { TallystickError } from '../../src/model/index.ts';
import { FaultyStorage, PowerLost } from '../../testing/disk/faulty-storage.ts';
import { Model } from '../../testing/model/model.ts';
import { Random } from '../../testing/model/random.ts';
import type { RequestStep, Step } from '../../testing/model/workload.ts';
import { ExactlyOnce } from '../checkers/exactly-once.ts';
import { Steps } from '../steps.ts';
import { ClientProcess, type Town } from './clients.ts';
import { SimulatedClock } from './clock.ts';
import { History } from './history.ts';
import { Network } from './network.ts';
import { Scheduler } from './scheduler.ts';
import { type Ground, ServerProcess } from './server.ts';
import { type TownTaste, townTaste } from './taste.ts';
import type { Host } from './way.ts';

/** Errors with which a correct server may end. */
const TROUBLES: ReadonlySet<string> = new Set(['disk_full', 'fence_lost']);
/** After that long somebody starts a server that has ended. */
const RESTART_MS_MAX = 5000;
/** Between two looks at a server's engine. */
const WATCH_MS = 100;
const RESTING_WATCH_MS = 10_000;

export class SimulatedTown {
  readonly random: Random;
  /** For what the disk does to everybody: drawn apart, so that towns without it stay what they were. */
  readonly diskRandom: Random;
  readonly taste: TownTaste;
  readonly scheduler: Scheduler = new Scheduler();
  readonly network: Network;
  readonly hosts: readonly Host[] = [
    { name: 's0', up: true },
    { name: 's1', up: true },
  ];
  readonly clocks: readonly SimulatedClock[];
  readonly history: History;
  readonly exactlyOnce: ExactlyOnce = new ExactlyOnce();
  readonly clients: Set<ClientProcess> = new Set();
  readonly ground: Ground;
  readonly counts: Map<string, number> = new Map<string, number>();
  /** The one that serves, as far as anybody knows. */
  server: ServerProcess | undefined;
  /** All that were started, also those that are thought dead and are not. */
  readonly #processes: Set<ServerProcess> = new Set();
  answers = 0;
  readonly #hash: Hash = createHash('sha256');
  readonly #workload: Steps;
  readonly #people: Town;
  #servers = 0;
  #clients = 0;
  #starting = false;
  #peace = false;
  #resting = false;

  constructor(seed: number, blind: boolean) {
    const random = new Random(seed);
    const scheduler = this.scheduler;
    this.random = random;
    this.diskRandom = new Random(seed ^ 0x6a96);
    this.taste = townTaste(random);
    this.network = new Network(scheduler, random, this.taste.network);
    const wall = 1_700_000_000_000_000_000n;
    this.clocks = this.hosts.map(() => new SimulatedClock(scheduler, wall + BigInt(random.below(1_000_000_000))));
    const fail = (error: unknown): void => {
      scheduler.failure ??= error;
    };
    const count = (what: string): void => this.count(what);
    this.history = new History(blind ? undefined : new Model(), (what) => this.note(what), fail);
    this.#workload = new Steps('town', seed, blind, () => this.now());
    this.ground = {
      scheduler,
      network: this.network,
      random,
      history: this.history,
      taste: this.taste.server,
      storage: new FaultyStorage(),
      hung: false,
      calm: false,
      living: new Set(),
      watchMs: WATCH_MS,
      count,
      fail,
      trouble: (error) => {
        if (error instanceof PowerLost) this.powerLost();
        else if (!(error instanceof TallystickError && TROUBLES.has(error.code))) fail(error);
      },
      powerLost: () => this.powerLost(),
    };
    this.#people = {
      scheduler,
      network: this.network,
      random,
      history: this.history,
      exactlyOnce: this.exactlyOnce,
      judges: !blind,
      servers: this.hosts,
      taste: this.taste.client,
      backlog: [] as RequestStep[],
      next: () => this.#next(),
      count,
      fail,
      answered: () => {
        this.answers++;
      },
    };
  }

  /** The ledger's time, as far as a client can guess. */
  now(): bigint {
    const newest = this.history.entries.at(-1)?.timestamp ?? 0n;
    const wall = this.clocks[0]!.wall();
    return wall > newest ? wall : newest;
  }

  #next(): Step {
    return this.#workload.next();
  }

  get backlog(): readonly RequestStep[] {
    return this.#people.backlog;
  }

  addClient(): ClientProcess {
    const client = new ClientProcess(this.#people, this.#clients++);
    this.clients.add(client);
    if (this.#peace) client.finish();
    else client.start();
    return client;
  }

  /** Nothing new is asked; what somebody has left unanswered is asked again, until it is answered. */
  calm(): void {
    this.#peace = true;
    this.ground.calm = true;
    if (this.#resting) return;
    for (const client of this.clients) client.finish();
    this.scheduler.afterAll(1000, () => this.calm());
  }

  /** All is answered: nobody looks any more whether something is left, and seldom whether a server has failed. */
  rest(): void {
    this.#resting = true;
    this.ground.watchMs = RESTING_WATCH_MS;
  }

  /** Starts a server on machine `index`; what opening throws is thrown. */
  async startServer(index: number): Promise<ServerProcess> {
    const server = await ServerProcess.start(this.ground, this.hosts[index]!, this.clocks[index]!, this.#servers++);
    this.#processes.add(server);
    const { replayed, snapshotOp, tornCells } = server.recovery;
    this.note(`${replayed} ${snapshotOp} ${tornCells}`);
    return server;
  }

  /** Sees to it that a server runs, now and then. */
  supervise(): void {
    const { scheduler, random } = this;
    scheduler.afterAll(random.below(RESTART_MS_MAX), () => {
      this.serve();
      this.supervise();
    });
  }

  /** Starts a server unless one runs, as far as anybody knows. */
  serve(): void {
    if (this.server?.running === true || this.#starting) return;
    this.#starting = true;
    void this.#restart().finally(() => {
      this.#starting = false;
    });
  }

  async #restart(): Promise<void> {
    const index = this.random.below(this.hosts.length);
    if (!this.hosts[index]!.up) return;
    // A process that opens a ledger on a hanging disk is not up before the disk goes on.
    if (this.ground.hung) return;
    this.ground.storage.repair();
    try {
      this.server = await this.startServer(index);
      this.count('server started');
    } catch (error) {
      this.ground.trouble(error);
    }
  }

  /** The power goes everywhere: processes end, the disk forgets what it may. */
  powerLost(): void {
    const { scheduler, random, network, ground } = this;
    for (const { life } of this.#processes) {
      life.dead = true;
      ground.living.delete(life.name);
    }
    this.#processes.clear();
    ground.storage = ground.storage.crash(() => random.u32() / 2 ** 32);
    for (const host of this.hosts) {
      if (!host.up) continue;
      network.vanish(host);
      scheduler.afterAll(random.below(RESTART_MS_MAX), () => network.appear(host));
    }
  }

  note(what: string | Uint8Array): void {
    this.#hash.update(what);
  }

  count(what: string): void {
    this.note(`${what} ${this.scheduler.now}`);
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
