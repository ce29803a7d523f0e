/**
 * The stream does not grow for ever: the leader says a base from time to time, and removes what stands before an older
 * one once the nodes have it in their journals. Journals keep every batch, so a node that was away for longer gets what
 * it lacks from another node.
 *
 *   … ── base ── records ── base ── records … last
 *         └ removed before │<──── retain ────>│
 *           here
 */
import type { NodeLog } from './node-options.ts';
import type { Order } from './order.ts';
import type { Peers } from './peers.ts';
import { type Entry, Kind, VERSION_BASE } from './record.ts';

/** Bytes that a stream keeps at least, by default. */
export const RETAIN: number = 4 * 2 ** 30;
/** So many bases for what a stream keeps. */
const BASES = 4;
const LOOK_MS = 1000;
/** Nodes that must live and have what is removed, this one among them. */
const NODES = 3;
/** Two are enough for what is older: for so many times what a stream keeps. */
const NODES_MIN = 2;
const PATIENCE = 4;

interface Base {
  readonly sequence: number;
  readonly op: number;
  /** Bytes of records up to there, since this node has begun to count. */
  readonly at: number;
}

export interface RetentionOptions {
  readonly order: Order;
  readonly peers: Peers;
  readonly log: NodeLog;
  readonly retain: number;
}

export class Retention {
  readonly #options: RetentionOptions;
  /** Those that this node has read and that are not cut, oldest first. */
  #bases: Base[] = [];
  #read = 0;
  #begin: number;
  #saidAt = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #cutting = false;
  #refused = false;

  /** `begin`: the message that the stream begins with. */
  constructor(begin: number, options: RetentionOptions) {
    this.#begin = begin;
    this.#options = options;
  }

  /** The newest message that the stream may begin with, as far as this node has read. */
  get begin(): number {
    return this.#begin;
  }

  /** This node has read a record. */
  read({ kind, sequence, op, bytes }: Entry): void {
    this.#read += bytes.length;
    if (kind !== Kind.base) return;
    this.#begin = sequence;
    this.#saidAt = this.#read;
    this.#bases.push({ sequence, op, at: this.#read });
  }

  /**
   * Some time has passed, and this node leads: it has all batches up to op `done` in its journal. `say` puts a base
   * into the stream, behind everything that is on its way.
   */
  tick(done: number, say: () => void): void {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_MS || this.#refused) return;
    this.#lookedAt = now;
    const { retain, peers } = this.#options;
    if (peers.reads >= VERSION_BASE && this.#read - this.#saidAt >= retain / BASES) {
      this.#saidAt = this.#read;
      say();
    }
    const nodes = peers.alive.length + 1;
    if (this.#cutting || nodes < NODES_MIN) return;
    const kept = nodes < NODES ? PATIENCE * retain : retain;
    const base = this.#bases.findLast((one) => this.#read - one.at >= kept && this.#isKept(one, done));
    if (base !== undefined) void this.#cut(base);
  }

  /** Whether all nodes that live have everything up to there. */
  #isKept({ sequence, op }: Base, done: number): boolean {
    const { alive } = this.#options.peers;
    return done >= op && alive.every((one) => one.kept >= op && one.sequence >= sequence);
  }

  async #cut({ sequence, op }: Base): Promise<void> {
    const { order, log } = this.#options;
    this.#cutting = true;
    try {
      await order.cut(sequence);
      this.#bases = this.#bases.filter((base) => base.sequence > sequence);
      log.info({ sequence, op }, 'the stream begins with this base now');
    } catch (error) {
      // Servers that cannot answer now can later; a stream that allows no cut never will.
      this.#refused = /not permitted|denied/.test(String(error));
      if (this.#refused) log.warn({ err: error }, 'the stream allows no cut: it grows');
    } finally {
      this.#cutting = false;
    }
  }
}
