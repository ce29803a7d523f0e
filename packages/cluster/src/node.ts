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
  isPulseDue,
  LogHistogram,
  type Port,
  type Request,
  TallystickError,
} from 'tallystick/internal';
import { Applier } from './applier.ts';
import { Candidate } from './candidate.ts';
import { answerOthers, catchUp } from './catch-up.ts';
import { digestBody } from './digests.ts';
import { Follower } from './follower.ts';
import { Hearing } from './hearing.ts';
import { Leader, type Sent } from './leader.ts';
import type { NodeOptions } from './node-options.ts';
import { leadsOf } from './parts.ts';
import { Peers } from './peers.ts';
import { askedIn, askedOf } from './proposals.ts';
import { type Entry, isVoid, Kind, misfit, type Place, placeAt, WRITES } from './record.ts';
import { anotherIs, damaged, differs, notLeader, unknownOutcome } from './refusals.ts';
import { Retention } from './retention.ts';
import type { Role } from './role.ts';
import { standingOf } from './standing.ts';
import { Unsettled } from './unsettled.ts';

const TICK_MS = 50;
/** How long an end waits for what is on its way to the stream. */
const LEAVE_MS = 2000;
/** A node that was asked to hand over leaves the lead to others for so long. */
const HANDOVER_MS = 5000;

export class ClusterNode implements Port {
  readonly eventsMax: number = EVENTS_MAX;
  readonly #options: NodeOptions;
  readonly #applier: Applier;
  /** The node that leads, as this one hears of it. */
  readonly hearing: Hearing;
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
  #role: Role = 'following';
  /** Says when what stands at the stream's beginning may go. */
  readonly retention: Retention;
  readonly #stopAnswering: () => void;
  readonly #ticking: NodeJS.Timeout;

  constructor(options: NodeOptions) {
    [this.#options, this.#place] = [options, options.place];
    const fail = (error: unknown): void => this.fail(error);
    const { engine, held, digestEvery, stream, author, log } = options;
    this.#applier = new Applier(engine, held, digestEvery, (made) => this.peers.made(made), fail);
    this.hearing = new Hearing(stream, author.node, {
      place: () => this.#place,
      leads: () => this.#leader !== undefined,
      doubled: () => fail(anotherIs(author.node)),
      replaced: (by) => this.#stepDown(this.#leader!, `node ${by.node} says that it leads`),
      expect: (sequence) => this.#follower.expect(sequence),
    });
    this.#follower = new Follower(options.stream, {
      accept: (entry) => this.#follow(entry),
      cut: () => void this.#catchUp().catch(fail),
      failed: fail,
    });
    this.peers = new Peers(this.#place, {
      ...{ node: author.node, process: this.hearing.lease.process, order: stream, log },
      standing: () => standingOf(this.#role, this.#place, this.#applier.done, options),
      agreed: (digest) => this.#leader?.say({ kind: Kind.digest, body: digestBody(digest) }),
      handOver: () => void this.resign(HANDOVER_MS),
      removed: () => void this.resign().then(() => fail(options.takenOut())),
      failed: fail,
    });
    this.retention = new Retention(options.begin, { order: stream, peers: this.peers, log, retain: options.retain });
    this.#stopAnswering = answerOthers(stream, options.shelf, author, () => this.#applier.done);
    this.#candidate = new Candidate({
      ...{ author, follower: this.#follower, lease: this.hearing.lease, address: options.address, http: options.http },
      place: () => this.#place,
      isBehind: () => this.peers.isBehind,
      isRead: () => this.peers.reads >= WRITES,
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

  /** How old a stale read's answer is that is given now, milliseconds; a u32. */
  get ageMs(): number {
    return this.hearing.freshness.ageMs(performance.now());
  }

  request<T>(request: Request<T>): Promise<T> {
    const { operation, context } = request;
    const leader = this.#leader;
    if (this.#role === 'ended') return Promise.reject(this.#options.engine.failure ?? new TallystickError('closed'));
    if (context.consistency === 'stale' && !isJournalled(operation)) return this.#applier.read(request);
    if (leader === undefined || this.#candidate.resigned) return Promise.reject(this.#notLeader());
    if (leadsOf(context).some((lead) => lead !== this.lead)) return Promise.reject(this.#notLeader());
    return new Promise<T>((resolve, reject) => {
      const write = isJournalled(operation) ? admit(this.#options.engine, request) : request.write;
      leader.ask(askedOf({ ...request, write }, resolve as never, reject));
    });
  }

  /** The next record was read from the stream. */
  async #follow(entry: Entry): Promise<void> {
    await this.#applier.room();
    if (this.#role !== 'following' || entry.sequence <= this.#place.sequence) return;
    // A stream may have been made anew.
    if (this.#place.sequence === 0 && entry.kind === Kind.base) return this.#catchUp();
    this.hearing.lease.renew();
    const ours = this.#unsettled.settle(entry, (refused) => {
      for (const { reject } of refused) reject(this.#notLeader());
    });
    this.#accept(entry, ours);
  }

  /** The stream begins behind what this node has: it gets that from the others. */
  async #catchUp(): Promise<void> {
    const { stream: order, author, log } = this.#options;
    this.#unsettled.giveUp(unknownOutcome('the stream begins behind them'));
    const isOver = (): boolean => this.#role === 'ended';
    const base = await catchUp({ order, author, log, applier: this.#applier, peers: this.peers, isOver });
    if (base === undefined) return;
    this.#goTo(base);
    this.#moved();
    this.#follower.readFrom(base.sequence + 1);
  }

  #goTo(entry: Entry): void {
    this.#place = placeAt(entry);
    this.retention.read(entry);
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
    this.#goTo(entry);
    if (entry.kind === Kind.digest)
      this.#applier.compare(entry.body, (at) => this.fail(differs(author.node, at, entry)));
    if (entry.kind === Kind.epoch && !this.#candidate.begins(entry))
      log.info({ epoch: entry.epoch, leader: entry.node }, 'following');
    if (sent === undefined) this.#applier.follow(before.op, entry.batches);
    else this.#applier.answer(entry.batches, sent.groups, () => this.#leader?.flushSoon());
    this.#moved();
  }

  #tick(): void {
    const leader = this.#leader;
    this.peers.tick();
    if (leader !== undefined) {
      leader.tick();
      this.retention.tick(this.#applier.done, () => leader.sayBase());
    } else if (this.#role === 'following') this.#candidate.tick();
  }

  #moved(): void {
    this.hearing.freshness.read(this.#place.sequence);
    this.peers.moved(this.#place);
    if (this.#role === 'following') this.#candidate.moved();
  }

  #lead(): void {
    const { stream, author, clock, log, engine } = this.#options;
    this.#follower.stop();
    this.#applier.give();
    this.#leadsFrom = this.#place.op;
    this.#role = 'leading';
    const leader = new Leader(stream, author, clock, this.#place, this.#applier.last, {
      stored: (sent) => this.#stored(leader, sent),
      fenced: () => this.#stepDown(leader, 'another node leads'),
      failed: (error) => this.fail(error),
      open: () => this.#applier.open,
      isPulseDue: () => isPulseDue(engine),
      ...{ age: () => this.ageMs, reads: () => this.peers.reads },
    });
    this.#leader = leader;
    log.info({ epoch: this.#place.epoch, op: this.#place.op }, 'leading');
  }

  #stored(leader: Leader, sent: Sent): void {
    if (this.#leader !== leader) return;
    this.hearing.freshness.stored(sent.at);
    this.quorum.record(performance.now() - sent.at);
    this.#accept(sent.entry, sent);
  }

  #stepDown(leader: Leader, why: string): void {
    if (this.#leader !== leader) return;
    this.#leader = undefined;
    this.#role = 'following';
    this.hearing.lease.letGo(false);
    this.#unsettled.keep(leader.end(this.#notLeader()));
    this.#options.log.warn({ epoch: this.#place.epoch, why, unsettled: this.#unsettled.count }, 'leads no longer');
    this.#follower.readFrom(this.#place.sequence + 1);
  }

  #notLeader(): TallystickError {
    return notLeader(this.#options.author.node, this.hearing.leader, this.#candidate.isAboutToLead);
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
    this.hearing.lease.letGo(true);
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
    this.#stopAnswering();
    this.#options.shelf.end();
    this.peers.end();
    this.#applier.end();
    this.hearing.lease.letGo(false);
    this.hearing.lease.end();
  }
}
