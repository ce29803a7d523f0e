/**
 * The other nodes, as this one hears of them. They say how far they are, so each can tell that a stream has lost what
 * it acknowledged: somebody has read a record that is not there any more, or another one has its place. And they say
 * what they have made of it.
 */
import { TallystickError } from 'tallystick/internal';
import type { Digest } from './digests.ts';
import { handoverIn } from './handover.ts';
import { Introduction } from './introduction.ts';
import type { NodeLog } from './node-options.ts';
import { Opinions } from './opinions.ts';
import { type Order, SHORT_MS } from './order.ts';
import { type Place, READS } from './record.ts';
import { damaged, differs } from './refusals.ts';
import { removalIn } from './removal.ts';
import { type OwnStanding, type Standing, standingBytes, standingIn } from './standing.ts';

const SAY_MS = 500;
/** A node that has said nothing for so long is away. */
const ALIVE_MS = 5000;
/** Hashes of the last records, for comparing: of some seconds at least. */
const HASHES = 16_384;
const LOOK_MS = 1000;

export interface PeersOptions {
  readonly node: number;
  readonly process: string;
  readonly order: Order;
  readonly log: NodeLog;
  /** What this node says of itself. */
  readonly standing: () => OwnStanding;
  /** Another node has made the same: the digest may stand in the stream. */
  readonly agreed: (digest: Digest) => void;
  /** An operator wants this node, which leads, to let another one lead. */
  readonly handOver: () => void;
  /** An operator wants this process to end, and its node not to start again. */
  readonly removed: () => void;
  readonly failed: (error: unknown) => void;
}

export class Peers {
  readonly #options: PeersOptions;
  readonly #opinions: Opinions;
  readonly #introduction: Introduction;
  readonly #hashes = new Map<number, string>();
  /** By node: the furthest record that it has read, until this node has read that, too. */
  readonly #ahead = new Map<number, Standing>();
  readonly #heard = new Map<number, { readonly standing: Standing; readonly at: number }>();
  readonly #saying: NodeJS.Timeout;
  readonly #stopListening: () => void;
  #digest: Digest | undefined;
  #place: Place;
  /** Since when the stream has seemed shorter than it was. */
  #shortSince: number | undefined;
  #lookedAt = 0;
  #agreedOp = 0;

  constructor(place: Place, options: PeersOptions) {
    this.#place = place;
    this.#options = options;
    const { node, log, agreed, failed, order } = options;
    this.#opinions = new Opinions({
      agreed: (digest) => {
        if (digest.op > this.#agreedOp) agreed(digest);
        this.#agreedOp = Math.max(this.#agreedOp, digest.op);
      },
      overruled: (op, other) => failed(differs(node, op, { node: other })),
      odd: (op, other) => log.error({ op, node: other }, 'a node differs from the two others'),
    });
    this.#introduction = new Introduction(options.standing, failed);
    this.#stopListening = order.listen((bytes) => {
      const standing = standingIn(bytes);
      if (standing !== undefined && standing.node !== node) this.#hear(standing);
      if (standing === undefined) this.#wish(bytes);
    });
    this.#saying = setInterval(() => this.say(), SAY_MS);
  }

  /** What those others have said last that have said so a moment ago. */
  get alive(): readonly Standing[] {
    const since = performance.now() - ALIVE_MS;
    return [...this.#heard.values()].filter(({ at }) => at > since).map(({ standing }) => standing);
  }

  /** The newest version of records that this node and all that live read. */
  get reads(): number {
    return this.alive.reduce((least, { reads }) => Math.min(least, reads), READS);
  }

  /** Nodes that have all batches up to that op in their journals, those that follow first. */
  nodesWith(op: number): readonly number[] {
    const able = this.alive.filter(({ kept }) => kept >= op);
    return able.toSorted((a, b) => Number(a.role === 'leading') - Number(b.role === 'leading')).map(({ node }) => node);
  }

  /** Records that another node has read, and this one has not. */
  get behind(): number {
    return this.isBehind
      ? Math.max(...[...this.#ahead.values()].map(({ sequence }) => sequence)) - this.#place.sequence
      : 0;
  }

  /** The last op up to which another node has made the same of all batches; 0 before the first. */
  get agreedOp(): number {
    return this.#agreedOp;
  }

  /** Somebody has read a record that this node has not. */
  get isBehind(): boolean {
    return this.#ahead.size > 0;
  }

  /** This node has made a digest. */
  made(digest: Digest): void {
    this.#digest = digest;
    this.#opinions.made(digest);
    this.say();
  }

  /** This node has read a record. */
  moved(place: Place): void {
    this.#place = place;
    this.#hashes.set(place.sequence, hex(place.hash));
    if (this.#hashes.size > HASHES) this.#hashes.delete(place.sequence - HASHES);
    for (const standing of this.#ahead.values()) this.#compare(standing);
  }

  say(): void {
    const { node, process, order, standing } = this.#options;
    const { sequence, hash } = this.#place;
    const { op: digestOp, hash: digest } = this.#digest ?? { op: 0, hash: new Uint8Array(0) };
    const own = { ...standing(), sequence, hash: hex(hash), digestOp, digest: hex(digest) };
    order.say(standingBytes({ node, process, ...own }));
  }

  /** An operator may wish something of this node. */
  #wish(bytes: Uint8Array): void {
    const { node, process, standing, handOver, removed } = this.#options;
    const handover = handoverIn(bytes);
    const { role, epoch } = standing();
    if (handover?.node === node && role === 'leading' && handover.epoch === epoch) handOver();
    const removal = removalIn(bytes);
    if (removal?.node === node && removal.process === process) removed();
  }

  /** Some time has passed: is the stream as long as it was? */
  tick(): void {
    const now = performance.now();
    if (!this.isBehind) this.#shortSince = undefined;
    else if (now - this.#lookedAt > LOOK_MS) {
      this.#lookedAt = now;
      void this.#measure();
    }
  }

  end(): void {
    clearInterval(this.#saying);
    this.#stopListening();
    this.#opinions.end();
    this.#introduction.end();
  }

  #hear(standing: Standing): void {
    this.#introduction.hear(standing);
    this.#heard.set(standing.node, { standing, at: performance.now() });
    if (standing.digestOp > 0) {
      this.#opinions.heard(standing.node, { op: standing.digestOp, hash: Buffer.from(standing.digest, 'hex') });
    }
    this.#compare(standing);
  }

  #compare(standing: Standing): void {
    const { sequence, node, hash } = standing;
    if (sequence > this.#place.sequence) {
      this.#ahead.set(node, standing);
      return;
    }
    if (this.#ahead.get(node)?.sequence === sequence) this.#ahead.delete(node);
    const own = this.#hashes.get(sequence);
    if (own === undefined || own === hash) return;
    const { order, failed } = this.#options;
    failed(damaged(order.name, sequence, `node ${node} has read another record there: the stream was written anew`));
  }

  async #measure(): Promise<void> {
    const { order, failed } = this.#options;
    let last: number;
    try {
      last = await order.last();
    } catch (error) {
      // A hole is told by whoever reads; a stream without a leader says nothing.
      if (error instanceof TallystickError) this.#options.log.error({ err: error }, 'the stream is not whole');
      return;
    }
    const furthest = Math.max(...[...this.#ahead.values()].map(({ sequence }) => sequence));
    const now = performance.now();
    if (last >= furthest) this.#shortSince = undefined;
    else this.#shortSince ??= now;
    if (this.#shortSince === undefined || now - this.#shortSince < SHORT_MS) return;
    failed(damaged(order.name, furthest, `it was read by a node, and the stream ends with message ${last}`));
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
