/** A simulated cluster: machines, servers, ways and clients, and what became of them. */
import { createHash, type Hash } from 'node:crypto';
import { TallystickError } from '../../src/model/index.ts';
import { PowerLost } from '../../testing/disk/faulty-storage.ts';
import { Random } from '../../testing/model/random.ts';
import { SimulatedClock } from '../network/clock.ts';
import { Scheduler } from '../network/scheduler.ts';
import { Wishes } from '../shards/clients.ts';
import { Client, type People } from './clients.ts';
import { Judge } from './judge.ts';
import { type Ground, Machine, type NodeProcess } from './node.ts';
import { SimulatedStream } from './servers.ts';
import { type ClusterTaste, clusterTaste } from './taste.ts';
import { Ways } from './way.ts';

const NODES = 3;
const RESTART_MS_MAX = 5000;
/** Two that differ end within that time of one another. */
const BESIDE_MS = 10_000;
const WALL = 1_700_000_000_000_000_000n;

export class ClusterWorld {
  readonly scheduler: Scheduler = new Scheduler();
  readonly random: Random;
  readonly taste: ClusterTaste;
  readonly ways: Ways;
  readonly stream: SimulatedStream;
  readonly judge: Judge;
  readonly machines: readonly Machine[];
  readonly ground: Ground;
  readonly counts: Map<string, number> = new Map<string, number>();
  /** Nodes that ended because they cannot vouch for what they have. */
  damaged = 0;
  /** Ops that nodes have executed, and the stream has lost. */
  lostOps = 0;
  #flippedEnded = Number.NEGATIVE_INFINITY;
  readonly #hash: Hash = createHash('sha256');
  readonly people: People;
  readonly clients: readonly Client[];
  answers = 0;

  constructor(seed: number) {
    const random = new Random(seed);
    const { scheduler } = this;
    this.random = random;
    this.taste = clusterTaste(random, new Random(seed ^ 0x7e7a_1000));
    const count = (what: string): void => this.count(what);
    const fail = (error: unknown): void => {
      scheduler.failure ??= error;
    };
    this.judge = new Judge(fail);
    this.ways = new Ways(scheduler, random, this.taste.way, count);
    this.stream = new SimulatedStream({ scheduler, random, count }, this.taste.stream, (bytes, sequence) => {
      this.#hash.update(bytes);
      this.judge.committed(bytes, sequence);
    });
    this.ground = {
      ...{ scheduler, random, count, fail, ways: this.ways, stream: this.stream, listeners: new Set() },
      answerers: new Map(),
      ...{ taste: this.taste, judge: this.judge, calm: false },
      ended: (machine, process, error) => this.#ended(machine, process, error),
    };
    this.machines = Array.from({ length: NODES }, (_, index) => {
      const skew = BigInt(random.between(-500, 500)) * 1_000_000n;
      return new Machine(index, new SimulatedClock(scheduler, WALL + skew), this.ground);
    });
    const wishes = new Wishes(random);
    this.people = {
      ...{ ground: this.ground, machines: this.machines, wishes, over: false },
      answered: () => {
        this.answers++;
      },
    };
    this.clients = Array.from(
      { length: this.taste.clients },
      (_, index) => new Client(`client ${index}`, this.people, new Random(random.u32())),
    );
  }

  #ended(machine: Machine, { flipped, node }: NodeProcess, error: unknown): void {
    if (error instanceof PowerLost) return;
    const code = error instanceof TallystickError ? error.code : undefined;
    // An operator reads that its clock is hours from the others'.
    if (code === 'cluster_invalid') machine.clock.jump(this.#right - machine.clock.wall());
    this.count(`node ended: ${code ?? error}`);
    if (code === 'cluster_damaged') {
      if (this.judge.tailLost) this.damaged++;
      else if (flipped) {
        machine.wipe();
        this.#flippedEnded = this.scheduler.now;
      } else if (this.#isBesideFlipped()) this.count('ended beside a damaged one');
      // A message that one copy lacks is had from the server that leads, unless that is the damaged one. A node that
      // starts asks once how long the stream is, and a server that is behind may answer.
      else if (this.stream.leader?.isWhole === true && (node !== undefined || this.#areAllWhole))
        this.ground.fail(error);
    } else if (error !== undefined && (code === undefined || code === 'engine_failed')) this.ground.fail(error);
  }

  /** The time of day. */
  get #right(): bigint {
    return WALL + BigInt(Math.round(this.scheduler.now * 1e6));
  }

  get #areAllWhole(): boolean {
    return this.stream.servers.every(({ isWhole }) => isWhole);
  }

  /** Of two that differ nobody knows which is right, where the third one is away. */
  #isBesideFlipped(): boolean {
    return this.machines.some((other) => other.flipped) || this.scheduler.now - this.#flippedEnded < BESIDE_MS;
  }

  /** Somebody starts nodes that have ended, and repairs copies that are damaged. */
  supervise(): void {
    const { scheduler, random } = this;
    scheduler.afterAll(random.below(RESTART_MS_MAX), () => {
      const down = this.machines.filter(({ isUp }) => !isUp);
      if (down.length > 0) this.#restart(random.pick(down));
      this.#repair();
      this.supervise();
    });
  }

  /** Whatever an operator can mend, he mends first; a stream that has lost its tail is not mended by starting. */
  #restart(machine: Machine): void {
    if (!this.judge.tailLost && machine.acquit()) this.count('started after a finding');
    machine.start();
  }

  #repair(): void {
    const { stream } = this;
    const damaged = stream.servers.find((server) => server.up && !server.isWhole);
    if (damaged === undefined || !(this.ground.calm || this.random.chance(0.2))) return;
    const others = stream.servers.filter((server) => server !== damaged);
    if (!others.every((server) => server.up && server.isWhole && !stream.resyncing.has(server))) return;
    if (stream.leader === damaged) stream.unlead(true);
    else if (stream.leader !== undefined) {
      this.count('copy repaired');
      stream.wipe(damaged);
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
