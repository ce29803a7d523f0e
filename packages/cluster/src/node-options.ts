/** What a node is made of. */
import type { Clock, Engine } from 'tallystick/internal';
import type { Order } from './order.ts';
import type { Author, Place } from './record.ts';
import type { Held } from './resume.ts';
import type { Shelf } from './shelf.ts';

/** Where a node says what happens to it. */
export interface NodeLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface NodeOptions {
  readonly stream: Order;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly author: Author;
  /** The record behind which this node goes on; the engine may have some of the next one's batches. */
  readonly place: Place;
  /** The number of the stream's first message. */
  readonly begin: number;
  /** The engine's last batch. */
  readonly held: Held;
  /** Where clients find this node. */
  readonly address: () => string;
  /** Where they find its HTTP door; empty where it has none. */
  readonly http: () => string;
  readonly digestEvery: number;
  /** Bytes of records that the stream keeps for nodes that were away, besides what others lack. */
  readonly retain: number;
  /** The batches in this node's journal, for others. */
  readonly shelf: Shelf;
  /** Remembers an error with which the node ends, beyond its process. */
  readonly condemn: (error: unknown) => void;
  /** Remembers that an operator has taken this node out of the cluster; returns what its callers hear. */
  readonly takenOut: () => unknown;
  readonly log: NodeLog;
}
