import '../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ACCOUNT_SIZE, type ReplayPort, TallystickError, TransferOffset } from '../model/index.ts';
import { conform } from './conform.ts';
import { findStaleReply, parseTrace } from './trace.ts';

const hex = (size: number, ...fields: [offset: number, value: number][]): string => {
  const bytes = Buffer.alloc(size);
  for (const [offset, value] of fields) bytes.writeUInt32LE(value, offset);
  return bytes.toString('hex');
};
const account = (id: number, timestamp = 0, flags = 0): string =>
  hex(ACCOUNT_SIZE, [0, id], [112, 1], [116, 1 + flags * 0x10000], [120, timestamp]);
const result = (timestamp: number, status: number): string => hex(16, [0, timestamp], [8, status]);
const CREATED = 0xffff_ffff;

/** Says what it is told to, and remembers what it was asked. */
class Parrot implements ReplayPort {
  readonly asked: string[] = [];
  readonly #replies: string[];
  closed = 0;

  constructor(replies: string[]) {
    this.#replies = [...replies];
  }

  async request(operation: number, events: Uint8Array, timestamp?: bigint): Promise<Uint8Array> {
    this.asked.push(`${operation} ${events.length} ${timestamp}`);
    return Buffer.from(this.#replies.shift() ?? '', 'hex');
  }

  async advance(nanoseconds: bigint): Promise<void> {
    this.asked.push(`advance ${nanoseconds}`);
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

async function withTraces(
  files: Record<string, string | Buffer>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tallystick-conform-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const trace = [
  {
    op: 'create_accounts',
    timestamp: '100',
    events: [account(1), account(2)],
    results: [result(99, CREATED), result(100, 21)],
  },
  { op: 'wait' },
  { op: 'lookup_accounts', events: [hex(16, [0, 1])], results: [account(1)] },
]
  .map((line) => JSON.stringify(line))
  .join('\n');

test('a replay that agrees sends each request with its time, waits between, and counts', async () => {
  await withTraces({ 'a.jsonl': `${trace}\n`, 'b.jsonl.gz': gzipSync(trace), 'notes.txt': 'none' }, async (folder) => {
    const ports: Parrot[] = [];
    const printed: string[] = [];
    const open = async (): Promise<Parrot> => {
      const port = new Parrot([result(99, CREATED) + result(100, 21), account(1)]);
      ports.push(port);
      return port;
    };
    const total = await conform([folder, join(folder, 'a.jsonl')], open, (line) => printed.push(line));
    assert.deepEqual(total, { requests: 6, events: 9, differences: 0 });
    assert.deepEqual(printed, ['6 requests, 9 events, 0 differences']);
    assert.deepEqual(ports[0]?.asked, ['146 256 100', 'advance 3000000000', '140 16 3000000101']);
    assert.deepEqual(
      ports.map((port) => port.closed),
      [1, 1, 1],
    );
  });
});

test('a difference is printed field by field with its event; records too few or too many are differences', async () => {
  await withTraces({ 'a.jsonl': trace }, async (folder) => {
    const printed: string[] = [];
    const open = async (): Promise<Parrot> =>
      new Parrot([result(99, CREATED) + result(99, CREATED) + result(7, 1), '']);
    const total = await conform([join(folder, 'a.jsonl')], open, (line) => printed.push(line));
    assert.deepEqual(printed, [
      'a.jsonl:1 create_accounts [1]',
      '  expected  timestamp 100  status exists (21)',
      '  got       timestamp 99  status created (4294967295)',
      '  event     id 2  ledger 1  code 1',
      'a.jsonl:1 create_accounts [2]',
      '  expected  nothing',
      '  got       timestamp 7  status linked_event_failed (1)',
      'a.jsonl:3 lookup_accounts [0]',
      '  expected  id 1  ledger 1  code 1',
      '  got       nothing',
      '  ids       1',
      'a.jsonl:1: note: exists was recorded of id 2, which nobody had sent: its ledger was not empty',
      '2 requests, 3 events, 3 differences',
    ]);
    assert.equal(total.differences, 3);
  });
});

test('what cannot be read is named, with its line', async () => {
  const create = { op: 'create_accounts', timestamp: '9', events: [account(1)], results: [result(9, CREATED)] };
  const broken: [string, RegExp][] = [
    ['', /a\.jsonl: no requests/],
    ['{"op":', /a\.jsonl:1: not a line of JSON/],
    ['7', /a\.jsonl:1: not a JSON object/],
    [JSON.stringify({ ...create, op: 'pulse' }), /a\.jsonl:1: no such op: pulse/],
    [JSON.stringify({ ...create, op: '146' }), /a\.jsonl:1: no such op: 146/],
    [JSON.stringify({ ...create, events: 'x' }), /a\.jsonl:1: events is not a list/],
    [JSON.stringify({ ...create, events: ['00'] }), /a\.jsonl:1: events\[0\] is not 128 bytes of hex/],
    [JSON.stringify({ ...create, results: ['zz'.repeat(16)] }), /a\.jsonl:1: results\[0\] is not 16 bytes of hex/],
    [JSON.stringify({ ...create, timestamp: 9 }), /a\.jsonl:1: timestamp is not a decimal string/],
    [`${JSON.stringify(create)}\n${JSON.stringify(create)}`, /a\.jsonl:2: timestamp 9 lies before/],
  ];
  for (const [text, message] of broken) {
    await withTraces({ 'a.jsonl': text }, async (folder) => {
      const replay = conform(
        [join(folder, 'a.jsonl')],
        async () => new Parrot([]),
        () => {},
      );
      await assert.rejects(replay, (error) => {
        assert.ok(error instanceof TallystickError);
        assert.equal(error.code, 'invalid_argument');
        assert.match(error.message, message);
        return true;
      });
    });
  }
  await withTraces({ 'a.jsonl.gz': 'not packed' }, async (folder) => {
    const replay = (path: string): Promise<unknown> =>
      conform(
        [path],
        async () => new Parrot([]),
        () => {},
      );
    await assert.rejects(replay(join(folder, 'a.jsonl.gz')), { code: 'invalid_argument' });
    await assert.rejects(replay(join(folder, 'b.jsonl')), { code: 'not_found' });
  });
  await withTraces({ 'a.txt': trace }, async (folder) => {
    await assert.rejects(
      conform(
        [folder],
        async () => new Parrot([]),
        () => {},
      ),
      { code: 'invalid_argument' },
    );
  });
});

test('an unknown time lies after the last known one, and after what was imported', () => {
  const imported = 16;
  const line = (timestamp: string, ...events: string[]): string =>
    JSON.stringify({ op: 'create_accounts', timestamp, events, results: [] });
  const text = [
    line('0', account(1, 50, imported), account(2, 70, imported)),
    line('0', account(1, 60, imported)),
    line('0', account(9, 0), account(10, 1000)),
    line('100', account(3)),
  ].join('\n');
  assert.deepEqual(
    parseTrace(text, 'x').map((parsed) => parsed.kind === 'request' && parsed.timestamp),
    [71n, 72n, 74n, 100n],
  );
});

test('a trace that knows ids nobody had sent was not recorded on an empty ledger', () => {
  const line = (status: number, ...events: string[]): string =>
    JSON.stringify({ op: 'create_transfers', timestamp: '0', events, results: events.map(() => result(1, status)) });
  const transfer = (id: number): string => hex(128, [0, id], [TransferOffset.ledger, 1]);
  const stale = (...lines: string[]): unknown => findStaleReply(parseTrace(lines.join('\n'), 'x'));
  assert.equal(stale(line(CREATED, transfer(1)), line(46, transfer(1))), undefined);
  assert.deepEqual(stale(line(21, transfer(1)), line(68, transfer(2))), {
    line: 2,
    id: 2n,
    status: 'id_already_failed',
  });
  assert.deepEqual(stale(line(36, transfer(1))), { line: 1, id: 1n, status: 'exists_with_different_flags' });
});
