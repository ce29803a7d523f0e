/**
 * How a batch goes to a ledger: everything that asks one makes a {@link Request}, and everything that takes one is a
 * {@link Port}. What looks at requests on their way, such as roles, lanes or spans, is a {@link Before}.
 */
import type { DoorCounters } from '../base/index.ts';
import type { Cells } from './cells.ts';
import type { Operation } from './gen/enums.ts';

/** Fills the events of a request, from byte `at` on. */
export type Write = (cells: Cells, at: number) => void;

/**
 * Reads a reply where it lies: `size` bytes from byte `at` on. `op`: that of the batch that a create was part of, where
 * the ledger is in this process.
 */
export type Read<T> = (cells: Cells, at: number, size: number, op?: number) => T;

/** One batch on its way to a ledger, and what becomes of the reply. */
export interface Request<T = unknown> {
  readonly operation: Operation;
  /** Events, at most the port's `eventsMax`. */
  readonly count: number;
  /**
   * Fills `count` events. Called before `request` returns, unless a server's lanes say otherwise, and perhaps again
   * elsewhere. If it throws, nothing is sent and the promise rejects with that error. It may keep nothing of the
   * memory.
   */
  readonly write: Write;
  /**
   * Called when the reply is released, once at most; the promise resolves to what it returns. It may keep nothing of
   * the memory.
   */
  readonly read: Read<T>;
  readonly context: Context;
}

/** Everything that is known of a request besides its events. A port looks at what it knows, and ignores the rest. */
export interface Context {
  /**
   * How long the caller waits, milliseconds. A request that is not begun by then, and a query that is not done by then,
   * is given up and rejects with `deadline_exceeded`. A request that changes the ledger is done once it has its place
   * in the order, however late.
   */
  readonly timeoutMs?: number | undefined;
  /** Aborted when nobody waits any more: the same, with the signal's reason. */
  readonly signal?: Leaving | undefined;
  /**
   * The payer of a query, a u32. Queries of different payers have the same share of the machine, whatever they ask.
   */
  readonly payer?: number | undefined;
  /** How many times the usual share a query gets; 1 by default. */
  readonly share?: number | undefined;
  /**
   * The timestamp of the last event in place of the clock's, for a ledger whose clock its caller tells: nanoseconds
   * since the epoch.
   */
  readonly timestamp?: bigint | undefined;
  /** `stale`: a node of a cluster may answer a read from what it has, without asking whether it still leads. */
  readonly consistency?: Consistency | undefined;
  /** Other nodes do it, too: it is not refused, however little room is left (the engine's `admit` has looked). */
  readonly agreed?: boolean | undefined;
  /** What makes the request the same when it is sent again: its first reply is kept for it. */
  readonly once?: Once | undefined;
  /** The requests with a session that share this batch with others. */
  readonly parts?: readonly BatchPart[] | undefined;
  /** The caller's span, as W3C writes it: `00-<32 hex>-<16 hex>-<2 hex>`. Text that cannot be read is ignored. */
  readonly traceparent?: string | undefined;
  /** Told when the request enters the next part of its way; undefined: nobody looks. */
  readonly enters?: ((stage: Stage) => void) | undefined;
  /** The door that the request came through; it counts the time to the reply. */
  readonly door?: DoorCounters | undefined;
  /** The role of the caller's credential; without credentials there are no roles. */
  readonly role?: string | undefined;
  /** The lane that the caller asks for. */
  readonly wish?: Lane | undefined;
  /** The events as they came, for rules to look at; they need not live longer than the call. */
  readonly events?: Uint8Array | undefined;
}

/**
 * Parts of a request's way through a server: it waits in its lane, gets its place in the order, is stored by a quorum
 * of a cluster, is journalled and executed, and its reply is written.
 */
export type Stage = 'lane' | 'sequencer' | 'quorum' | 'durable' | 'reply';

/**
 * What an answer to a read shows. `linearizable`: everything that anybody was told before the read was asked for.
 * `stale`: the ledger as it was at an op, not long ago; the connection knows which, and how long ago.
 */
export type Consistency = 'linearizable' | 'stale';

/** The identity of a request that changes the ledger: sent again with the same, it gets its first reply. */
export interface Once {
  /** 16 bytes as text, a character each: chosen at random, or made of a key that nobody else has. */
  readonly session: string;
  /** The request's number within the session, a u32. */
  readonly request: number;
  /** Of the events, as the client wrote them: another request under the same number is refused. */
  readonly checksum: number;
  /** Replies of the session to requests before that number are not needed any more. */
  readonly answered: number;
  /**
   * The request may have been sent before. A number: the last op that its client knew when it sent it first, so that a
   * reply which is not kept any more is told from one that there never was. Undefined: without a reply it is new.
   */
  readonly again: false | { readonly since: number | undefined };
  /**
   * In a cluster: the lead in which the request was found to be new. Another lead may have done it meanwhile, so it is
   * done in that one or not at all.
   */
  readonly lead?: number | undefined;
}

/** A request's share of a batch. */
export interface BatchPart {
  /** Its first event. */
  readonly first: number;
  /** Its events. */
  readonly count: number;
  readonly once: Once;
}

/** For a request of which nothing else is known. */
export const NO_CONTEXT: Context = Object.freeze({});

/** A context that its maker still writes. */
export type ContextDraft = { -readonly [key in keyof Required<Context>]: Context[key] };

/**
 * A context like another, for its maker to write. Field by field, because every request has several: spreading takes a
 * microsecond longer, and contexts of one shape are read faster.
 */
export function draftOf(context: Context): ContextDraft {
  return {
    timeoutMs: context.timeoutMs,
    signal: context.signal,
    payer: context.payer,
    share: context.share,
    timestamp: context.timestamp,
    consistency: context.consistency,
    agreed: context.agreed,
    once: context.once,
    parts: context.parts,
    traceparent: context.traceparent,
    enters: context.enters,
    door: context.door,
    role: context.role,
    wish: context.wish,
    events: context.events,
  };
}

/** The same request with another context, and perhaps other eyes for its reply. Field by field, as above. */
export function inContext<T>(request: Request<T>, context: Context, read: Read<T> = request.read): Request<T> {
  return { operation: request.operation, count: request.count, write: request.write, read, context };
}

/** A queue of requests up to the sequencer, by urgency. */
export type Lane = 'critical' | 'high' | 'normal';

/** Says when a caller has gone: an `AbortSignal`, as far as we look at one. */
export interface Leaving {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Takes one request at a time and in order; any number may be in flight. */
export interface Port {
  /** The most events in one request. */
  readonly eventsMax: number;
  /** Resolves to what `read` returns. Rejects with what `write` or `read` throws, or with a `TallystickError`. */
  request<T>(request: Request<T>): Promise<T>;
  /** Finishes what is in flight, makes it durable, lets go of everything. */
  close(): Promise<void>;
}

/** Puts a port in front of another. */
export type Before = (port: Port) => Port;

/** The {@link Before} that does `act` with each request. Closing its port closes the one behind. */
export function before(act: <T>(port: Port, request: Request<T>) => Promise<T>): Before {
  return (port) => ({
    get eventsMax() {
      return port.eventsMax;
    },
    request: (request) => act(port, request),
    close: () => port.close(),
  });
}

/** A ledger for replay tools and tests: wire bytes, one request at a time, and a clock that can be told. */
export interface ReplayPort {
  /**
   * `timestamp` is that of the request's last event, in nanoseconds since the epoch; undefined = the ledger's own
   * clock.
   */
  request(operation: number, events: Uint8Array, timestamp?: bigint): Promise<Uint8Array>;
  /** Moves the ledger's time forward and runs expiry pulses until none is due. */
  advance(nanoseconds: bigint): Promise<void>;
  close(): Promise<void>;
}
