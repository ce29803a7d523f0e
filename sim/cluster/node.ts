/** A machine with a node on it: the real node and the real engine, on a disk, a clock and an order that fail. */
import { join } from '../../packages/cluster/src/join.ts';
import type { ClusterNode } from '../../packages/cluster/src/node.ts';
import { acquit } from '../../packages/cluster/src/verdict.ts';
import { type Engine, once, openFolder } from '../../src/engine/index.ts';
import { isJournalled, operationShapes, type Port, TallystickError } from '../../src/model/index.ts';
import { FaultyStorage, PowerLost } from '../../testing/disk/faulty-storage.ts';
import type { SimulatedClock } from '../network/clock.ts';
import { SimulatedDriver } from '../network/driver.ts';
import { Life } from '../network/scheduler.ts';
import type { Judge } from './judge.ts';
import { SimulatedOrder, type Surroundings } from './order.ts';
import type { ClusterTaste } from './taste.ts';

export const FOLDER = '/ledger';
const WATCH_MS = 100;

/** What all nodes live in. */
export interface Ground extends Surroundings {
  readonly taste: ClusterTaste;
  readonly judge: Judge;
  /** Nothing goes wrong any more. */
  calm: boolean;
  count(what: string): void;
  fail(error: unknown): void;
  /** A node has ended, or could not begin. */
  ended(machine: Machine, process: NodeProcess, error: unknown): void;
}

/** A running node. */
export class NodeProcess {
  readonly life: Life;
  engine: Engine | undefined;
  node: ClusterNode | undefined;
  /** What its doors have; undefined until it serves. */
  port: Port | undefined;
  /** Its memory was damaged: what it says is nothing that a correct node answers for. */
  flipped = false;

  constructor(name: string) {
    this.life = new Life(name);
  }
}

export class Machine {
  readonly index: number;
  readonly clock: SimulatedClock;
  storage: FaultyStorage = new FaultyStorage();
  process: NodeProcess | undefined;
  /** It reaches nobody but clients. */
  cutOff = false;
  readonly #ground: Ground;
  #started = 0;

  constructor(index: number, clock: SimulatedClock, ground: Ground) {
    this.index = index;
    this.clock = clock;
    this.#ground = ground;
  }

  get flipped(): boolean {
    return this.process?.flipped === true;
  }

  get isUp(): boolean {
    return this.process !== undefined;
  }

  /** Starts its node. */
  start(): void {
    const { scheduler } = this.#ground;
    const process = new NodeProcess(`node ${this.index}, process ${this.#started++}`);
    this.process = process;
    scheduler.current = process.life;
    void this.#run(process).catch((error: unknown) => this.#over(process, error));
    scheduler.current = undefined;
  }

  async #run(process: NodeProcess): Promise<void> {
    const { life } = process;
    const ground = this.#ground;
    const order = new SimulatedOrder(life, ground, () => this.cutOff);
    const said = (level: string) => (fields: object, text: string) => {
      const { err } = fields as { err?: unknown };
      ground.count(`${level}: ${err instanceof TallystickError ? err.code : text}`);
    };
    const { node, port } = { node: this.index, port: `tcp://node-${this.index}` };
    const joined = await join(
      order,
      {
        ...{ node, folder: FOLDER, storage: this.storage, clock: this.clock, address: () => port },
        digestEvery: ground.taste.digestEvery,
        retain: ground.taste.retain,
        log: { info: said('info'), warn: said('warn'), error: said('error') },
      },
      async (more) => {
        const opened = await openFolder(FOLDER, { ...more, ...this.#engineOptions(process) });
        process.engine = opened.engine;
        this.#watch(process, opened.engine);
        return opened;
      },
    );
    process.node = joined.port;
    process.port = once(joined.engine.window, () => joined.port.lead)(joined.port);
    this.#look(process);
  }

  #engineOptions({ life }: NodeProcess): Parameters<typeof openFolder>[1] {
    const { scheduler, random, taste } = this.#ground;
    const owner = { pid: this.#started, start: '', boot: '', namespace: '', host: `m${this.index}` };
    return {
      mode: 'inline',
      storage: this.storage,
      sizes: taste.sizes,
      clock: this.clock,
      slice: taste.driver.slice,
      writer: { owner, lives: () => 'no' },
      driver: (...parts) =>
        new SimulatedDriver(
          {
            scheduler,
            random,
            taste: taste.driver,
            powerLost: () => this.#over(this.process, new PowerLost()),
            hung: () => false,
            calm: () => this.#ground.calm || life.dead,
          },
          ...parts,
        ),
    };
  }

  /** Looks over the engine's shoulder. */
  #watch(process: NodeProcess, engine: Engine): void {
    const { life } = process;
    const { judge } = this.#ground;
    const request = engine.request.bind(engine);
    engine.request = (asked) => {
      const { operation, count } = asked;
      if (!isJournalled(operation)) return request(asked);
      let events: Uint8Array = new Uint8Array(0);
      return request({
        ...asked,
        write: (cells, at) => {
          asked.write(cells, at);
          events = cells.bytes.slice(at, at + count * operationShapes[operation].eventSize);
        },
        read: (cells, at, size, op) => {
          const reply = cells.bytes.slice(at, at + size);
          if (!process.flipped) judge.executed(life.name, operation, events, reply, op ?? 0);
          return asked.read(cells, at, size, op);
        },
      });
    };
  }

  /** Sees to it that the process ends when its node has. */
  #look(process: NodeProcess): void {
    setTimeout(() => {
      const { node, engine } = process;
      if (node?.role === 'ended' || engine?.failure !== undefined) this.#over(process, engine?.failure);
      else this.#look(process);
    }, WATCH_MS);
  }

  #over(process: NodeProcess | undefined, error: unknown): void {
    if (process === undefined || process.life.dead) return;
    process.life.dead = true;
    if (this.process === process) this.process = undefined;
    this.#ground.ended(this, process, error);
  }

  /** It is gone. */
  kill(): void {
    const { process } = this;
    if (process === undefined) return;
    process.life.dead = true;
    this.process = undefined;
  }

  /** The power goes: its disk forgets what it may. */
  powerLost(): void {
    this.kill();
    const { random } = this.#ground;
    this.storage = this.storage.crash(() => random.u32() / 2 ** 32);
  }

  /** An operator has looked at what its node had found. */
  acquit(): boolean {
    return acquit(this.storage, FOLDER);
  }

  wipe(): void {
    this.kill();
    this.storage = new FaultyStorage();
  }

  /** As `tallystick serve` ends on a signal. */
  end(): void {
    const { process } = this;
    const { scheduler } = this.#ground;
    if (process?.node === undefined || process.life.paused) return;
    const { node, engine } = process;
    scheduler.current = process.life;
    void node
      .close()
      .then(() => engine!.close())
      .then(
        () => this.#over(process, undefined),
        (error: unknown) => this.#over(process, error),
      );
    scheduler.current = undefined;
  }

  /** One bit of the machine's accounts changes, as memory without correction does it. False: there is none yet. */
  flip(): boolean {
    const { process } = this;
    const engine = process?.engine;
    if (process === undefined || engine === undefined || engine.memory.accountsCount === 0) return false;
    const { memory } = engine;
    const { random } = this.#ground;
    const row = memory.layout.machine.accounts + 128 * random.between(1, memory.accountsCount);
    // A balance: what is posted of debits or credits.
    memory.bytes[row + random.pick([32, 64]) + random.below(2)]! ^= 1 << random.below(8);
    process.flipped = true;
    return true;
  }
}
