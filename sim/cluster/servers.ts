/**
 * A model of what JetStream promises, with three servers that fail: one order of messages, appended behind a message
 * that its writer names, acknowledged once two of three have it. A leader that is gone takes what it had not
 * acknowledged with it, or leaves it to the next one, as it happens. What JetStream does not promise is not kept: a
 * copy may lose messages and say nothing, and a server that is behind may answer.
 */
import type { Random } from '../../testing/model/random.ts';
import type { Scheduler } from '../network/scheduler.ts';
import type { StreamTaste } from './taste.ts';

const SERVERS = 3;
/** Its election, milliseconds: as measured (docs/adr/0018-replication-on-jetstream.md). */
const ELECTION_MS = [4000, 9000] as const;
const HANDOVER_MS = [150, 500] as const;
/** A leader that has lost its followers finds out. */
const LOST_QUORUM_MS = 10_000;
const LOOK_MS = 50;
const NOTHING = new Uint8Array(0);

export type Heard = (outcome: 'stored' | 'refused') => void;

interface Proposal {
  readonly bytes: Uint8Array;
  readonly hear: Heard;
}

export class SimulatedServer {
  readonly name: string;
  up = true;
  /** Its copy of the stream; undefined: a hole. */
  copy: (Uint8Array | undefined)[] = [];
  /** The number of the first message that it has not removed. */
  first = 1;

  constructor(name: string) {
    this.name = name;
  }

  get isWhole(): boolean {
    return this.held.every((message) => message !== undefined);
  }

  /** What it should have. */
  get held(): (Uint8Array | undefined)[] {
    return this.copy.slice(this.first - 1);
  }

  /** The message with that number, if it has it. */
  at(sequence: number): Uint8Array | undefined {
    return sequence < this.first ? undefined : this.copy[sequence - 1];
  }
}

export class SimulatedStream {
  readonly name = 'tallystick-sim';
  readonly servers: readonly SimulatedServer[] = Array.from(
    { length: SERVERS },
    (_, index) => new SimulatedServer(`nats-${index}`),
  );
  /** What was acknowledged, and what became part of the order although nobody heard so. */
  readonly log: Uint8Array[] = [];
  leader: SimulatedServer | undefined = this.servers[0];
  /** Messages before that one were removed. */
  first = 1;
  taste: StreamTaste;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #count: (what: string) => void;
  readonly #committed: (bytes: Uint8Array, sequence: number) => void;
  #pending: Proposal[] = [];
  /** The last one that led, until it finds out. */
  #before: SimulatedServer | undefined;
  #electing = false;
  /** Nothing fails any more. */
  calm = false;

  constructor(
    world: { readonly scheduler: Scheduler; readonly random: Random; count(what: string): void },
    taste: StreamTaste,
    committed: (bytes: Uint8Array, sequence: number) => void,
  ) {
    this.#scheduler = world.scheduler;
    this.#random = world.random;
    this.#count = (what) => world.count(what);
    this.taste = taste;
    this.#committed = committed;
  }

  /** Whether a majority is there. */
  get hasQuorum(): boolean {
    return this.servers.filter(({ up }) => up).length > SERVERS / 2;
  }

  /** The server that answers a question now; undefined: none does. */
  answering(): SimulatedServer | undefined {
    const behind = this.#before;
    if (behind?.up === true && !this.calm && this.#random.chance(this.taste.behind)) {
      this.#count('answered by a server that is behind');
      return behind;
    }
    return this.leader?.up === true ? this.leader : undefined;
  }

  /** A message arrives at the server that leads. */
  propose(bytes: Uint8Array, last: number, hear: Heard): void {
    if (this.leader?.up !== true) return;
    if (!this.calm && this.#random.chance(this.taste.refused)) {
      this.#count('refused although it fits');
      hear('refused');
      return;
    }
    if (last !== this.log.length + this.#pending.length) {
      hear('refused');
      return;
    }
    this.#pending.push({ bytes, hear });
    this.#later(this.taste.quorumMs, () => this.#commit());
  }

  #commit(): void {
    if (this.#pending.length === 0 || this.leader?.up !== true) return;
    if (!this.hasQuorum) {
      this.#later(LOOK_MS, () => this.#commit());
      return;
    }
    const { bytes, hear } = this.#pending.shift()!;
    this.#store(bytes);
    hear('stored');
  }

  #store(bytes: Uint8Array): void {
    this.log.push(bytes);
    if (this.leader !== undefined) this.#catchUp(this.leader);
    for (const server of this.servers) {
      if (server !== this.leader) this.#later(this.taste.quorumMs, () => this.#catchUp(server));
    }
    this.#committed(bytes, this.log.length);
  }

  /** What is missing at its end, a server gets from the leader; what was lost in the middle stays lost. */
  #catchUp(server: SimulatedServer): void {
    if (!server.up) return;
    server.first = Math.max(server.first, this.first);
    const from = this.leader?.up === true && this.leader !== server ? this.leader.copy : this.log;
    const far = this.log.length - server.copy.length > 8;
    for (let at = server.copy.length; at < this.log.length; at++) {
      // Far behind, it gets a copy of the leader's copy, holes included.
      server.copy.push(far && at < from.length ? from[at] : this.log[at]);
    }
  }

  /** What stands before message `first` is removed, once a quorum knows. */
  cut(first: number, hear: () => void): void {
    if (this.leader?.up !== true || !this.hasQuorum) return;
    this.#later(this.taste.quorumMs, () => {
      if (this.leader?.up !== true) return;
      if (first > this.first) this.#count('cut');
      this.first = Math.max(this.first, first);
      for (const server of this.servers) this.#later(this.taste.quorumMs, () => this.#catchUp(server));
      this.#catchUp(this.leader);
      hear();
    });
  }

  /** The server that leads is gone, or lets another one lead. */
  unlead(gently: boolean): void {
    const { leader } = this;
    if (leader === undefined) return;
    this.leader = undefined;
    this.#before = leader;
    this.#scheduler.afterAll(LOST_QUORUM_MS, () => {
      if (this.#before === leader) this.#before = undefined;
    });
    this.elect(gently ? HANDOVER_MS : ELECTION_MS);
  }

  elect([from, to]: readonly [number, number] = ELECTION_MS): void {
    if (this.#electing) return;
    this.#electing = true;
    this.#scheduler.afterAll(this.#random.between(from, to), () => {
      this.#electing = false;
      if (this.leader !== undefined) return;
      const able = this.hasQuorum ? this.servers.filter((server) => server.up && !this.resyncing.has(server)) : [];
      if (able.length === 0) this.elect();
      else this.#lead(this.#random.pick(able));
    });
  }

  /** Servers that lack what a majority has: they cannot lead. */
  readonly resyncing: Set<SimulatedServer> = new Set();

  #lead(server: SimulatedServer): void {
    this.leader = server;
    if (this.#before === server) this.#before = undefined;
    // Of what the leader before had not acknowledged, some had reached a majority; nobody hears of those.
    const kept = this.#pending.splice(0).slice(0, this.#random.below(4));
    this.#catchUp(server);
    for (const { bytes } of kept) {
      this.#count('stored, and nobody hears so');
      this.#store(bytes);
    }
    this.#count('stream led by another server');
  }

  kill(server: SimulatedServer): void {
    server.up = false;
    if (server === this.leader) this.unlead(false);
    else if (!this.hasQuorum && this.leader !== undefined) this.unlead(false);
  }

  start(server: SimulatedServer): void {
    server.up = true;
    if (this.leader === undefined) this.elect();
    this.#later(LOOK_MS, () => this.#catchUp(server));
  }

  /** Its disk is a new one, and it gets everything from the leader. */
  wipe(server: SimulatedServer): void {
    if (server === this.leader) this.unlead(false);
    server.copy = [];
    this.resyncing.add(server);
    const look = (): void => {
      if (this.leader === undefined || !server.up) {
        this.#later(LOOK_MS, look);
        return;
      }
      this.#catchUp(server);
      this.resyncing.delete(server);
    };
    this.#later(1000, look);
  }

  /** Whether what was lost was sent again meanwhile, by a leader who had not heard that it was stored. */
  get isRestored(): boolean {
    const { from, messages } = this.lost;
    return messages.every((message, index) => Buffer.compare(message, this.log[from + index] ?? NOTHING) === 0);
  }

  /** A copy loses one message, and says nothing. */
  damage(server: SimulatedServer): void {
    const { length } = server.held;
    if (length > 0) server.copy[server.first - 1 + this.#random.below(length)] = undefined;
  }

  /** What all servers have lost, and where it stood. */
  lost: { readonly from: number; readonly messages: readonly Uint8Array[] } = { from: 0, messages: [] };

  /** All servers have lost what they acknowledged last. */
  loseTail(count: number): void {
    const from = Math.max(this.first, this.log.length - count);
    this.lost = { from, messages: this.log.splice(from) };
    for (const server of this.servers) server.copy.length = Math.min(server.copy.length, this.log.length);
    this.#pending = [];
  }

  #later(mean: number, act: () => void): void {
    this.#scheduler.afterAll(-mean * Math.log(1 - this.#random.u32() / 2 ** 32), act);
  }
}
