/**
 * The order of a ledger's records, as a node sees it. JetStream keeps it (jetstream/stream.ts); the simulator has one
 * that fails in every way that this contract allows.
 */
import { TallystickError } from 'tallystick/internal';

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
}

/** Throws `cluster_damaged` for a copy of the stream that lacks messages: nothing is ever removed from one. */
export function checkWhole(name: string, messages: number, last: number, deleted: number): void {
  if (deleted === 0 && messages === last) return;
  const missing = Math.max(deleted, last - messages);
  throw new TallystickError(
    'cluster_damaged',
    `the leader of stream ${name} lacks ${missing} of ${last} messages, and none was ever removed`,
  );
}
