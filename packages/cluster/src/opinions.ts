/**
 * Digests of the nodes, side by side. Of two that differ nobody can say which is right, of three the two that agree
 * are: the third one's node ends. Where no third one comes, both end.
 */
import type { Digest } from './digests.ts';
import { sameHash } from './record.ts';

/** How long two that differ wait for a third. */
const THIRD_MS = 5000;
const KEPT = 16;

export interface OpinionEvents {
  /** Another node has made the same of the batches up to there. */
  agreed(digest: Digest): void;
  /** This node's digest stands against that of `node`, and nobody's beside it. */
  overruled(op: number, node: number): void;
  /** The one of `node` stands alone. */
  odd(op: number, node: number): void;
}

interface Vote {
  own: Uint8Array | undefined;
  readonly others: Map<number, Uint8Array>;
  settled: boolean;
  waiting: NodeJS.Timeout | undefined;
}

export class Opinions {
  readonly #events: OpinionEvents;
  readonly #votes = new Map<number, Vote>();

  constructor(events: OpinionEvents) {
    this.#events = events;
  }

  made({ op, hash }: Digest): void {
    const vote = this.#vote(op);
    vote.own = hash;
    this.#look(op, vote);
  }

  heard(node: number, { op, hash }: Digest): void {
    const vote = this.#vote(op);
    vote.others.set(node, hash);
    this.#look(op, vote);
  }

  end(): void {
    for (const { waiting } of this.#votes.values()) clearTimeout(waiting);
    this.#votes.clear();
  }

  #vote(op: number): Vote {
    let vote = this.#votes.get(op);
    if (vote === undefined) {
      vote = { own: undefined, others: new Map(), settled: false, waiting: undefined };
      this.#votes.set(op, vote);
      this.#forget();
    }
    return vote;
  }

  /** The oldest that nobody waits for. */
  #forget(): void {
    for (const [op, { waiting }] of this.#votes) {
      if (this.#votes.size <= KEPT) return;
      if (waiting === undefined) this.#votes.delete(op);
    }
  }

  #look(op: number, vote: Vote): void {
    const { own } = vote;
    if (own === undefined || vote.settled) return;
    const others = [...vote.others];
    const same = others.filter(([, hash]) => sameHash(hash, own));
    const different = others.filter(([, hash]) => !sameHash(hash, own));
    if (same.length > 0) {
      clearTimeout(vote.waiting);
      vote.waiting = undefined;
      vote.settled = different.length > 0;
      this.#events.agreed({ op, hash: own });
      for (const [node] of different) this.#events.odd(op, node);
    } else if (different.length > 1) {
      vote.settled = true;
      this.#events.overruled(op, different[0]![0]);
    } else if (different.length === 1) {
      vote.waiting ??= setTimeout(() => this.#events.overruled(op, different[0]![0]), THIRD_MS);
    }
  }
}
