/**
 * Replays recorded conversations with a real cluster on an empty ledger and compares every reply byte for byte. What
 * differs is printed field by field, with the event that caused it.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Operation, operationShapes, type ReplayPort, TallystickError } from '../model/index.ts';
import { recordLine, type TextFields, textFields } from '../wire/index.ts';
import { findStaleReply, parseTrace, type TraceLine, type TraceRequest, WAIT_NANOSECONDS } from './trace.ts';

/** What a replay came to. */
export interface Conformance {
  /** Requests sent; a `wait` is none. */
  requests: number;
  /** Events in those requests. */
  events: number;
  /** Records of replies that are not, byte for byte, what was recorded; a missing or surplus record is one. */
  differences: number;
}

/** Differences printed for one trace; the rest is counted. */
const PRINTED_MAX = 20;

/**
 * Replays every trace named in `files` (`.jsonl`, `.jsonl.gz`, or folders of them), each on a fresh ledger from `open`,
 * and ends by printing `N requests, M events, D differences`. The command should exit with 1 when `differences` is not
 * 0, and with 2 when this throws: {@link TallystickError} `not_found` or `invalid_argument` for a trace that cannot be
 * read.
 */
export async function conform(
  files: string[],
  open: () => Promise<ReplayPort>,
  print: (line: string) => void,
): Promise<Conformance> {
  const total: Conformance = { requests: 0, events: 0, differences: 0 };
  const paths = (await Promise.all(files.map(tracesIn))).flat();
  for (const path of paths) {
    const name = basename(path);
    const lines = await readTrace(path);
    const port = await open();
    try {
      const { requests, events, differences } = await replay(lines, name, port, print);
      total.requests += requests;
      total.events += events;
      total.differences += differences;
    } finally {
      await port.close();
    }
  }
  print(`${total.requests} requests, ${total.events} events, ${total.differences} differences`);
  return total;
}

/** The traces that `path` names: itself, or those in the folder, by name. Throws `not_found` or `invalid_argument`. */
export async function tracesIn(path: string): Promise<string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new TallystickError('not_found', `${path}: no such file or folder`, { cause });
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.jsonl(\.gz)?$/.test(name)).sort();
  if (names.length === 0) throw new TallystickError('invalid_argument', `${path}: no .jsonl or .jsonl.gz in it`);
  return names.map((name) => join(path, name));
}

/** The lines of one trace, unpacked when its name ends in `.gz`. Throws `not_found` or `invalid_argument`. */
export async function readTrace(path: string): Promise<TraceLine[]> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new TallystickError('not_found', `${path}: cannot be read`, { cause });
  });
  if (!path.endsWith('.gz')) return parseTrace(bytes.toString('utf8'), basename(path));
  const unpacked = await promisify(gunzip)(bytes).catch((cause: unknown) => {
    throw new TallystickError('invalid_argument', `${path}: not a gzip file`, { cause });
  });
  return parseTrace(unpacked.toString('utf8'), basename(path));
}

/** Replays one trace on the empty ledger behind `port`. `name` is what its lines are called when they differ. */
export async function replay(
  lines: readonly TraceLine[],
  name: string,
  port: ReplayPort,
  print: (line: string) => void,
): Promise<Conformance> {
  const sum: Conformance = { requests: 0, events: 0, differences: 0 };
  for (const line of lines) {
    if (line.kind === 'wait') {
      await port.advance(WAIT_NANOSECONDS);
      continue;
    }
    sum.requests += 1;
    sum.events += line.count;
    const got = await port.request(line.operation, line.events, line.timestamp);
    for (const difference of compareReply(line, got, name)) {
      sum.differences += 1;
      if (sum.differences <= PRINTED_MAX) for (const text of difference) print(text);
    }
  }
  if (sum.differences > PRINTED_MAX) print(`${name}: ${sum.differences - PRINTED_MAX} more differences`);
  const stale = sum.differences > 0 ? findStaleReply(lines) : undefined;
  if (stale !== undefined) {
    const { line, id, status } = stale;
    print(`${name}:${line}: note: ${status} was recorded of id ${id}, which nobody had sent: its ledger was not empty`);
  }
  return sum;
}

/** One group of printed lines for each record of the reply that differs. */
export function* compareReply(request: TraceRequest, got: Uint8Array, name: string): Generator<string[]> {
  const size = operationShapes[request.operation].replySize;
  const count = Math.ceil(Math.max(request.reply.length, got.length) / size);
  for (let index = 0; index < count; index++) {
    const want = request.reply.subarray(index * size, (index + 1) * size);
    const have = got.subarray(index * size, (index + 1) * size);
    if (Buffer.compare(want, have) === 0) continue;
    yield [
      `${name}:${request.line} ${Operation[request.operation]} [${index}]`,
      ...fieldByField(request.operation, want, have),
      ...cause(request, index),
    ];
  }
}

function fieldByField(operation: Operation, want: Uint8Array, have: Uint8Array): string[] {
  const size = operationShapes[operation].replySize;
  if (have.length === 0)
    return [`  expected  ${recordLine(textFields(operation, 'reply', want))}`, '  got       nothing'];
  if (have.length !== size)
    return [`  expected  whole records of ${size} bytes`, `  got       ${have.length} bytes more`];
  const got = textFields(operation, 'reply', have);
  if (want.length === 0) return ['  expected  nothing', `  got       ${recordLine(got)}`];
  const expected = textFields(operation, 'reply', want);
  const fields = [...expected.keys()].filter((field) => expected.get(field) !== got.get(field));
  if (fields.length === 0)
    return ['  expected  zeros in the reserved bytes', `  got       ${Buffer.from(have).toString('hex')}`];
  const line = (from: TextFields): string => fields.map((field) => `${field} ${from.get(field)}`).join('  ');
  return [`  expected  ${line(expected)}`, `  got       ${line(got)}`];
}

/** The event that the record answers; for lookups all ids, since what is not found leaves no record. */
function cause(request: TraceRequest, index: number): string[] {
  const size = operationShapes[request.operation].eventSize;
  const event = (at: number): TextFields =>
    textFields(request.operation, 'event', request.events.subarray(at * size, (at + 1) * size));
  switch (request.operation) {
    case Operation.lookup_accounts:
    case Operation.lookup_transfers:
      return [`  ids       ${Array.from({ length: request.count }, (_, at) => event(at).get('id')).join(', ')}`];
    case Operation.create_accounts:
    case Operation.create_transfers:
      return index < request.count ? [`  event     ${recordLine(event(index))}`] : [];
    default:
      return [`  filter    ${recordLine(event(0))}`];
  }
}
