/**
 * The order of a ledger's records, as a node sees it. JetStream keeps it (jetstream/stream.ts); the simulator has one
 * that fails in every way that this contract allows.
 */
import { TallystickError } from 'tallystick/internal';

/**
 * A server that led the stream and was cut off answers what it has for 10 s at most. A stream that is shorter than
 * somebody knows for longer than that is shorter.
 */
export const SHORT_MS = 12_000;

/** The outcome of an append: it has its place; another message has that place; or nobody knows. */
export type Appended = 'stored' | 'refused' | 'unknown';

export interface Message {
  readonly seq: number;
  readonly data: Uint8Array;
}

/** Messages as one server has them, in order, as they come; a server that has lost some passes over them. */
export interface Messages extends AsyncIterable<Message> {
  /** No more are wanted. */
  stop(): void;
}

export interface Order {
  /** The stream's name, for messages to people. */
  readonly name: string;
  /**
   * Appends one message behind message `last`, if that is the last one. Only a quorum stores it, so that of two writers
   * who expect the same last message one is refused. Throws `cluster_damaged` for an answer that cannot be.
   */
  append(bytes: Uint8Array, last: number): Promise<Appended>;
  /** The message with that number, as the stream's leader has it; undefined: there is none. Rejects if none answers. */
  read(sequence: number): Promise<Uint8Array | undefined>;
  /** The number of the last message; 0 before the first. Throws `cluster_damaged` where some are missing. */
  last(): Promise<number>;
  /** The number of the first message that is still there: 1, until something was cut. It only grows. */
  first(): Promise<number>;
  /** Removes what stands before message `first`. Rejects if nobody answers, or the stream does not allow it. */
  cut(first: number): Promise<void>;
  /** Does `act` again while the stream has no leader. Throws `cluster_invalid` when it does not get one. */
  patiently<T>(act: () => Promise<T>): Promise<T>;
  /** Messages from number `next` on. Rejects where nobody can answer now. */
  messages(next: number): Promise<Messages>;
  /** Asks the server that leads the stream to let another one lead: its copy is damaged. */
  leadElsewhere(): Promise<void>;
  /** Tells all nodes that listen now; nothing of it is kept. */
  say(bytes: Uint8Array): void;
  /** Hears what nodes say, this one included; what is returned ends that. */
  listen(hear: (bytes: Uint8Array) => void): () => void;
  /** Asks another node. Rejects when it does not answer in time. */
  ask(node: number, question: Uint8Array): Promise<Uint8Array>;
  /** Answers what others ask node `node`; what is returned ends that. Empty answers say: not now. */
  answer(node: number, answer: (question: Uint8Array) => Uint8Array): () => void;
}

/** A copy of the stream, in numbers of messages. */
export interface Extent {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** Gaps, as the server counts them. */
  readonly deleted: number;
}

/** Messages that a copy lacks between its first and its last one: only what is before all others is ever removed. */
export function missingIn({ count, first, last, deleted }: Extent): number {
  return Math.max(deleted, last - Math.max(first, 1) + 1 - count);
}

/** Throws `cluster_damaged` for a copy of the stream that lacks messages. */
export function checkWhole(name: string, extent: Extent): void {
  const missing = missingIn(extent);
  if (missing === 0) return;
  throw new TallystickError(
    'cluster_damaged',
    `the leader of stream ${name} lacks ${missing} of ${extent.last - extent.first + 1} messages`,
  );
}
