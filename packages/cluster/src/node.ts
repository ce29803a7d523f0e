/**
 * A node of a cluster: an engine that executes what a stream orders. Every node does the same with every record, so a
 * node that leads is a follower that may append.
 *
 *   caller ──> proposals ──record──> stream (a quorum stores it) ──> engine: journal ‖ machine ──> reply
 *                                       │
 *                                       └──> every other node: check the chain ──> engine
 *
 * An engine never holds what the stream does not: a leader that loses its lead has nothing to take back, and answers
 * what it had sent by what the stream says.
 */
import {
  admit,
  EVENTS_MAX,
  isJournalled,
  LogHistogram,
  type Port,
  type Request,
  TallystickError,
} from 'tallystick/internal';
import { Applier } from './applier.ts';
import { Candidate } from './candidate.ts';
import { digestBody } from './digests.ts';
import { Follower } from './follower.ts';
import { Freshness } from './freshness.ts';
import { Leader, type Sent } from './leader.ts';
import { type Beat, Lease } from './lease.ts';
import type { NodeOptions } from './node-options.ts';
import { leadsOf } from './parts.ts';
import { Peers } from './peers.ts';
import { askedIn, askedOf } from './proposals.ts';
import { Pulses } from './pulses.ts';
import { type Entry, isVoid, Kind, misfit, type Place } from './record.ts';
import { anotherIs, damaged, differs, notLeader, unknownOutcome } from './refusals.ts';
import type { Role } from './role.ts';
import type { Standing } from './standing.ts';
import { Unsettled } from './unsettled.ts';

const TICK_MS = 50;
/** A leader of whom nobody asks anything shows that it still leads that often. */
const QUIET_MS = 3000;
/** How long an end waits for what is on its way to the stream. */
const LEAVE_MS = 2000;
/** A node that was asked to hand over leaves the lead to others for so long. */
const HANDOVER_MS = 5000;

export class ClusterNode implements Port {
  readonly eventsMax: number = EVENTS_MAX;
  readonly #options: NodeOptions;
  readonly #applier: Applier;
  readonly #lease: Lease;
  readonly #follower: Follower;
  readonly #candidate: Candidate;
  /** The others, as this one hears of them. */
  readonly peers: Peers;
  /** From a record's leave until a quorum has it. */
  readonly quorum: LogHistogram = new LogHistogram();
  #leader: Leader | undefined;
  /** The op behind which this node leads. */
  #leadsFrom = 0;
  /** Behind the last record that the engine has. */
  #place: Place;
  readonly #unsettled = new Unsettled();
  readonly #pulses: Pulses;
  readonly #freshness = new Freshness();
  #beat: Beat | undefined;
  #role: Role = 'following';
  readonly #ticking: NodeJS.Timeout;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.#place = options.place;
    this.#pulses = new Pulses(options.engine);
    const fail = (error: unknown): void => this.fail(error);
    this.#applier = new Applier(options.engine, options.op, options.digestEvery, (made) => this.peers.made(made), fail);
    this.#lease = new Lease(options.stream, (beat) => this.#heard(beat));
    this.#follower = new Follower(options.stream, { accept: (entry) => this.#follow(entry), failed: fail });
    this.peers = new Peers(this.#place, {
      node: options.author.node,
      process: this.#lease.process,
      order: options.stream,
      log: options.log,
      standing: () => this.#standing(),
      agreed: (digest) => this.#leader?.say({ kind: Kind.digest, body: digestBody(digest) }),
      handOver: (epoch) => {
        if (this.#leader !== undefined && epoch === this.epoch) void this.resign(HANDOVER_MS);
      },
      failed: fail,
    });
    this.#candidate = new Candidate({
      author: options.author,
      follower: this.#follower,
      lease: this.#lease,
      place: () => this.#place,
      address: options.address,
      isBehind: () => this.peers.isBehind,
      leads: () => this.#lead(),
      failed: fail,
    });
    this.#follower.readFrom(this.#place.sequence + 1);
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
  }

  get role(): Role {
    return this.#role;
  }

  /** The leader's epoch, as far as this node has read. */
  get epoch(): number {
    return this.#place.epoch;
  }

  /** The op of the last batch that this node has read. */
  get op(): number {
    return this.#place.op;
  }

  /** The epoch in which this node leads, once its engine has done all that came before and keeps the replies. */
  get lead(): number | undefined {
    return this.#leader !== undefined && this.#applier.done >= this.#leadsFrom ? this.#place.epoch : undefined;
  }

  digestAt(op: number): Uint8Array | undefined {
    return this.#applier.digestAt(op);
  }

  #standing(): Pick<Standing, 'role' | 'epoch' | 'sequence' | 'op' | 'address'> {
    const { epoch, sequence, op } = this.#place;
    return { role: this.#role, epoch, sequence, op, address: this.#options.address() };
  }

  /** How old a stale read's answer is that is given now, milliseconds; a u32. */
  get ageMs(): number {
    return this.#freshness.ageMs(performance.now());
  }

  request<T>(request: Request<T>): Promise<T> {
    const { operation, context } = request;
    const leader = this.#leader;
    if (this.#role === 'ended') return Promise.reject(this.#options.engine.failure ?? new TallystickError('closed'));
    if (context.consistency === 'stale' && !isJournalled(operation)) return this.#applier.read(request);
    if (leader === undefined || this.#candidate.resigned) return Promise.reject(this.#notLeader());
    if (leadsOf(context).some((lead) => lead !== this.lead)) return Promise.reject(this.#notLeader());
    this.#pulses.look(leader);
    return new Promise<T>((resolve, reject) => {
      try {
        const write = isJournalled(operation) ? admit(this.#options.engine, request) : request.write;
        leader.ask(askedOf({ ...request, write }, resolve as never, reject));
      } catch (error) {
        reject(error);
      }
    });
  }

  /** The next record was read from the stream. */
  async #follow(entry: Entry): Promise<void> {
    await this.#applier.room();
    if (this.#role !== 'following' || entry.sequence <= this.#place.sequence) return;
    this.#lease.renew();
    const ours = this.#unsettled.settle(entry, (refused) => {
      for (const { reject } of refused) reject(this.#notLeader());
    });
    this.#accept(entry, ours);
  }

  /** What every node does with every record. `sent`: it is ours, and callers wait for it. */
  #accept(entry: Entry, sent?: Sent): void {
    const { author, stream, log } = this.#options;
    const before = this.#place;
    const next = entry.sequence === before.sequence + 1 && entry.ledgerId === author.ledgerId;
    if (next && isVoid(before, entry)) {
      this.#place = { ...before, sequence: entry.sequence };
      this.#moved();
      return;
    }
    const why = misfit(before, entry, author.ledgerId);
    if (why !== undefined) {
      this.fail(damaged(stream.name, entry.sequence, why));
      return;
    }
    const { sequence, hash, epoch, op, timestamp } = entry;
    this.#place = { sequence, hash, epoch, op, timestamp };
    if (entry.kind === Kind.digest)
      this.#applier.compare(entry.body, (at) => this.fail(differs(author.node, at, entry)));
    if (entry.kind === Kind.epoch && !this.#candidate.begins(entry))
      log.info({ epoch, leader: entry.node }, 'following');
    if (sent === undefined) this.#applier.follow(before.op, entry.batches);
    else this.#applier.answer(entry.batches, sent.groups, () => this.#leader?.flushSoon());
    this.#moved();
  }

  #tick(): void {
    const leader = this.#leader;
    this.peers.tick();
    if (leader !== undefined) {
      this.#pulses.look(leader);
      if (this.ageMs > QUIET_MS && leader.isQuiet) leader.say({ kind: Kind.proof });
    } else if (this.#role === 'following') this.#candidate.tick();
  }

  #moved(): void {
    this.#freshness.read(this.#place.sequence);
    this.peers.moved(this.#place);
    if (this.#role === 'following') this.#candidate.moved();
  }

  #lead(): void {
    const { stream, author, clock, log } = this.#options;
    this.#follower.stop();
    this.#applier.give();
    this.#leadsFrom = this.#place.op;
    this.#role = 'leading';
    const leader = new Leader(stream, author, clock, this.#place, {
      stored: (sent) => this.#stored(leader, sent),
      fenced: () => this.#stepDown(leader, 'another node leads'),
      failed: (error) => this.fail(error),
      open: () => this.#applier.open,
    });
    this.#leader = leader;
    log.info({ epoch: this.#place.epoch, op: this.#place.op }, 'leading');
  }

  #stored(leader: Leader, sent: Sent): void {
    if (this.#leader !== leader) return;
    this.#freshness.stored(sent.at);
    this.quorum.record(performance.now() - sent.at);
    for (const { context } of askedIn(sent)) context.enters?.('durable');
    this.#accept(sent.entry, sent);
  }

  #stepDown(leader: Leader, why: string): void {
    if (this.#leader !== leader) return;
    this.#leader = undefined;
    this.#role = 'following';
    this.#lease.letGo(false);
    this.#unsettled.keep(leader.end(this.#notLeader()));
    this.#options.log.warn({ epoch: this.#place.epoch, why, unsettled: this.#unsettled.count }, 'leads no longer');
    this.#follower.readFrom(this.#place.sequence + 1);
  }

  #heard(beat: Beat): void {
    if (beat.epoch < this.#place.epoch || beat.process === this.#lease.process) return;
    const leader = this.#leader;
    if (beat.node === this.#options.author.node) this.fail(anotherIs(beat.node));
    else if (leader === undefined) this.#followed(beat);
    else if (beat.epoch > this.#place.epoch) this.#stepDown(leader, `node ${beat.node} says that it leads`);
  }

  #followed(beat: Beat): void {
    this.#beat = beat.leaving ? undefined : beat;
    this.#follower.expect(beat.sequence);
    this.#freshness.hear(beat.sequence, this.#place.sequence, performance.now());
    if (beat.leaving) this.#lease.forgo();
    else this.#lease.renew();
  }

  #notLeader(): TallystickError {
    return notLeader(this.#options.author.node, this.#beat, this.#candidate.isAboutToLead);
  }

  /** This node cannot go on, and its engine with it: it serves nothing more, reads included. */
  fail(error: unknown): void {
    if (this.#role === 'ended') return;
    this.#options.log.error({ err: error }, 'the node cannot go on');
    this.#options.condemn(error);
    this.#options.engine.fail(error);
    this.#end(this.#options.engine.failure);
  }

  /** Lets another node lead once what it has sent is stored, and tries no more to lead for so long, milliseconds. */
  async resign(milliseconds: number = Number.POSITIVE_INFINITY): Promise<void> {
    this.#candidate.resign(milliseconds);
    const leader = this.#leader;
    await leader?.settled(LEAVE_MS);
    if (this.#leader !== leader) return;
    this.#lease.letGo(true);
    if (leader !== undefined) this.#stepDown(leader, 'it was asked to let another node lead');
  }

  /** Resigns and reads no more; the engine is its owner's to close. */
  async close(): Promise<void> {
    await this.resign();
    if (this.#role !== 'ended') this.#end(new TallystickError('closed'));
  }

  #end(reason: unknown): void {
    this.#role = 'ended';
    clearInterval(this.#ticking);
    const open = [...this.#unsettled.end(), ...(this.#leader?.end(reason) ?? []).flatMap(askedIn)];
    this.#leader = undefined;
    // Whether they are stored nobody here is going to know.
    for (const { reject } of open) reject(unknownOutcome(reason));
    this.#follower.stop();
    this.peers.end();
    this.#applier.end();
    this.#lease.letGo(false);
    this.#lease.end();
  }
}
