/** The context of a request, made in one place for all doors: each says what its protocol has heard. */
import type { DoorCounters } from 'tallystick/internal/base';
import { type Context, type ContextDraft, draftOf, type Lane, type Once, Operation } from 'tallystick/internal/model';

/** What a door knows of a request. Undefined: the client has not said it, or the protocol has no word for it. */
export interface Heard {
  readonly operation: number;
  /** As they came; rules for lanes look at transfers. */
  readonly events: Uint8Array;
  readonly wish: Lane | undefined;
  readonly timeoutMs?: number | undefined;
  readonly traceparent?: string | undefined;
  readonly once?: Once | undefined;
  /** A read may be answered from what this node has. */
  readonly stale?: boolean;
  /** The time that a client tells a ledger for replays; 0: none. */
  readonly timestamp?: bigint;
}

/** What all requests of a client have in common. */
export type Terms = Pick<Context, 'payer' | 'signal' | 'timeoutMs'>;

export function contextOf(terms: Terms, door: DoorCounters | undefined, heard: Heard): ContextDraft {
  const { operation, events, wish, timeoutMs = terms.timeoutMs, traceparent, once, stale, timestamp = 0n } = heard;
  const context = draftOf(terms);
  context.door = door;
  context.wish = wish;
  context.timeoutMs = timeoutMs;
  context.once = once;
  context.traceparent = traceparent;
  if (operation === Operation.create_transfers) context.events = events;
  if (stale === true) context.consistency = 'stale';
  if (timestamp !== 0n) context.timestamp = timestamp;
  return context;
}
