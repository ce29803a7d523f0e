/**
 * A trace: one recorded conversation with a ledger that was empty when it began, one JSON object a line.
 *
 *   {"op":"create_transfers","timestamp":"1795…","events":["0100…"],"results":["d8f0…"]}   bytes in hex, as on the wire
 *   {"op":"wait"}                                                                        three seconds went by
 *
 * `timestamp` belongs to the request's last event. "0" means that it could not be told from the reply; then every event
 * was created with a timestamp of its own (imported) or existed, and any time does that lies after both the last known
 * one and the imported ones. Reads carry no timestamp; each takes one nanosecond, as it does where it was recorded.
 */
import {
  AccountFlags,
  AccountOffset,
  CreateAccountStatus,
  CreateTransferStatus,
  Operation,
  operationShapes,
  TallystickError,
  TransferFlags,
  TransferOffset,
} from '../model/index.ts';

/** How long a `wait` lasts, in nanoseconds. */
export const WAIT_NANOSECONDS = 3_000_000_000n;

export interface TraceRequest {
  readonly kind: 'request';
  /** In the file, from 1. */
  readonly line: number;
  readonly operation: Operation;
  readonly count: number;
  readonly events: Uint8Array;
  /** What the ledger answered. */
  readonly reply: Uint8Array;
  /** To stamp the request with, in nanoseconds; strictly increasing from line to line. */
  readonly timestamp: bigint;
}

export interface TraceWait {
  readonly kind: 'wait';
  readonly line: number;
}

export type TraceLine = TraceRequest | TraceWait;

/** The lines of the trace `text`; `name` is what errors call it. Throws `invalid_argument` naming the line. */
export function parseTrace(text: string, name: string): TraceLine[] {
  const lines: TraceLine[] = [];
  let last = 0n;
  for (const [index, json] of text.split('\n').entries()) {
    if (json.trim() === '') continue;
    const line = index + 1;
    const complain = (what: string): TallystickError =>
      new TallystickError('invalid_argument', `${name}:${line}: ${what}`);
    const raw = parseLine(json, complain);
    if (raw.op === 'wait') {
      last += WAIT_NANOSECONDS;
      lines.push({ kind: 'wait', line });
      continue;
    }
    const operation = operationOf(raw.op, complain);
    const shape = operationShapes[operation];
    const events = packed(raw.events, 'events', shape.eventSize, complain);
    const reply = packed(raw.results, 'results', shape.replySize, complain);
    const count = events.length / shape.eventSize;
    const timestamp = shape.journalled ? stamp(raw.timestamp, last, operation, events, count, complain) : last + 1n;
    last = timestamp;
    lines.push({ kind: 'request', line, operation, count, events, reply, timestamp });
  }
  if (lines.length === 0) throw new TallystickError('invalid_argument', `${name}: no requests in it`);
  return lines;
}

type Complain = (what: string) => TallystickError;

interface RawLine {
  readonly op?: unknown;
  readonly timestamp?: unknown;
  readonly events?: unknown;
  readonly results?: unknown;
}

function parseLine(json: string, complain: Complain): RawLine {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw complain('not a line of JSON');
  }
  if (typeof value !== 'object' || value === null) throw complain('not a JSON object');
  return value;
}

function operationOf(name: unknown, complain: Complain): Operation {
  const named = Object.entries(Operation).find(([key, value]) => key === name && typeof value === 'number');
  if (named === undefined || named[1] === Operation.pulse) throw complain(`no such op: ${String(name)}`);
  return named[1] as Operation;
}

function packed(value: unknown, field: string, size: number, complain: Complain): Uint8Array {
  if (!Array.isArray(value)) throw complain(`${field} is not a list`);
  const bytes = new Uint8Array(value.length * size);
  for (const [index, hex] of value.entries()) {
    if (typeof hex !== 'string' || hex.length !== 2 * size || !/^[0-9a-f]*$/i.test(hex)) {
      throw complain(`${field}[${index}] is not ${size} bytes of hex`);
    }
    bytes.set(Buffer.from(hex, 'hex'), index * size);
  }
  return bytes;
}

function stamp(
  value: unknown,
  last: bigint,
  operation: Operation,
  events: Uint8Array,
  count: number,
  complain: Complain,
): bigint {
  if (typeof value !== 'string' || !/^\d{1,19}$/.test(value)) throw complain('timestamp is not a decimal string');
  const given = BigInt(value);
  if (given !== 0n) {
    if (given - BigInt(count) < last) throw complain(`timestamp ${given} lies before what was already answered`);
    return given;
  }
  const view = new DataView(events.buffer, events.byteOffset, events.length);
  const size = operationShapes[operation].eventSize;
  const accounts = operation === Operation.create_accounts;
  const offset = accounts ? AccountOffset : TransferOffset;
  const imported = accounts ? AccountFlags.imported : TransferFlags.imported;
  let timestamp = last + BigInt(count);
  for (let at = 0; at < events.length; at += size) {
    const flags = view.getUint16(at + offset.flags, true);
    const own = view.getBigUint64(at + offset.timestamp, true);
    if ((flags & imported) !== 0 && own >= timestamp) timestamp = own + 1n;
  }
  return timestamp;
}

/** Why a trace cannot have begun on an empty ledger: the first reply that knows an id which nobody had sent. */
export interface StaleReply {
  readonly line: number;
  readonly id: bigint;
  readonly status: string;
}

/**
 * Finds the first reply that says `exists…` or `id_already_failed` of an id that the trace had not sent before;
 * undefined when there is none. Such a trace was recorded on a ledger with a past, which no replay can know.
 */
export function findStaleReply(lines: readonly TraceLine[]): StaleReply | undefined {
  const sent = { accounts: new Set<bigint>(), transfers: new Set<bigint>() };
  for (const line of lines) {
    if (line.kind === 'wait' || !operationShapes[line.operation].journalled) continue;
    const accounts = line.operation === Operation.create_accounts;
    const heard = accounts ? sent.accounts : sent.transfers;
    const events = new DataView(line.events.buffer);
    const reply = new DataView(line.reply.buffer);
    const { eventSize, replySize } = operationShapes[line.operation];
    for (let index = 0; index < line.count && (index + 1) * replySize <= line.reply.length; index++) {
      const at = index * eventSize;
      const id = (events.getBigUint64(at + 8, true) << 64n) | events.getBigUint64(at, true);
      const number = reply.getUint32(index * replySize + 8, true);
      const status = (accounts ? CreateAccountStatus : CreateTransferStatus)[number] ?? '';
      if (/^exists|^id_already_failed$/.test(status) && !heard.has(id)) return { line: line.line, id, status };
      heard.add(id);
    }
  }
  return undefined;
}
