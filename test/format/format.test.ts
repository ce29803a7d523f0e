/**
 * Files written by each release stay readable by all later ones. `test/format/<version>/` holds a small ledger as that
 * release left it, of a story drawn from a seed, and `<version>-kinds` one of every kind of account and transfer;
 * `everything.jsonl` beside them is what can be read of it. `TEST_FORMAT=v2 node dist/test/format/format.test.js`
 * writes new ones; those of releases are never written again.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeInventory } from '../../sim/inventory.ts';
import { EngineReplayPort, openFolder } from '../../src/engine/index.ts';
import { Operation, operationShapes, type ReplayPort } from '../../src/model/index.ts';
import { again, everyKind } from '../../testing/model/kinds.ts';
import { accountFlag, transferFlag } from '../../testing/model/names.ts';
import { accountLayout, changeEventLayout, decode, type Layout, transferLayout } from '../../testing/model/records.ts';
import { plainTransfers } from '../../testing/model/simple.ts';
import { workload } from '../../testing/model/workload.ts';
import { FORGETFUL_SIZES } from '../../testing/ports/sizes.ts';
import { temporaryFolder } from '../support/folders.ts';
import { expected, keep, type Line, unpack, versions } from './fixtures.ts';

const folder = temporaryFolder();
/** Of a story with imports, chains and expiries; ids and timestamps are the story's own. */
const SEED = 22;
const STEPS = 120;

async function openInline(path: string): Promise<EngineReplayPort> {
  return new EngineReplayPort(
    (await openFolder(path, { mode: 'inline', expires: false, sizes: FORGETFUL_SIZES })).engine,
  );
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

async function everything(port: ReplayPort): Promise<Line[]> {
  const lines: Line[] = [];
  await takeInventory(async ({ operation, events }) => {
    const reply = await port.request(operation, events);
    lines.push({ op: Operation[operation]!, events: hex(events), reply: hex(reply) });
    return reply;
  });
  return lines;
}

async function story(port: ReplayPort): Promise<void> {
  for (const step of workload(SEED, STEPS)) {
    if (step.kind === 'advance') await port.advance(step.nanoseconds);
    else await port.request(step.operation, step.events, step.timestamp);
  }
}

async function write(version: string, tell: (port: ReplayPort) => Promise<void>): Promise<void> {
  const path = join(folder, `new ${version}`);
  const port = await openInline(path);
  await tell(port);
  const lines = await everything(port);
  await port.close();
  if (version.endsWith(KINDS)) {
    // On a copy, so that the ledger that is kept has not seen it.
    const copy = new EngineReplayPort(
      (await openFolder(`${path} again`, { mode: 'inline', expires: false, sizes: FORGETFUL_SIZES })).engine,
    );
    await tell(copy);
    const { operation, events, timestamp } = again;
    const reply = hex(await copy.request(operation, events, timestamp));
    lines.push({ op: Operation[operation]!, events: hex(events), timestamp: String(timestamp), reply });
    await copy.close();
  }
  keep(version, path, lines);
}

const KINDS = '-kinds';
const wanted = process.env.TEST_FORMAT;
if (wanted !== undefined) {
  // What is there already is left alone.
  if (!versions.includes(wanted)) await write(wanted, story);
  if (!versions.includes(`${wanted}${KINDS}`)) await write(`${wanted}${KINDS}`, everyKind);
}

test('there is a ledger of the present version', () => {
  assert.ok(versions.length > 0);
});

for (const version of versions) {
  test(`a ledger of ${version} is read to its last byte, and goes on`, async () => {
    const path = join(folder, version);
    unpack(version, path);
    const lines = expected(version);
    const port = await openInline(path);
    for (const { op, events, timestamp, reply } of lines) {
      const operation = Operation[op as 'query_transfers'];
      const time = timestamp === undefined ? undefined : BigInt(timestamp);
      const found = await port.request(operation, Buffer.from(events, 'hex'), time);
      assert.equal(hex(found), reply, op);
    }
    assert.ok(
      lines.some(
        ({ op, reply }) => reply.length / 2 >= 20 * operationShapes[Operation[op as 'query_transfers']].replySize,
      ),
    );
    const results = await port.request(Operation.create_transfers, plainTransfers(2n ** 100n, 1));
    assert.equal(results.length, 16);
    await port.close();
    const reopened = await openInline(path);
    assert.ok((await everything(reopened)).length >= lines.length - 1);
    await reopened.close();
  });
}

function records<Field extends string>(
  lines: readonly Line[],
  op: string,
  layout: Layout<Field>,
): Readonly<Record<Field, bigint>>[] {
  return lines.filter((line) => line.op === op).flatMap(({ reply }) => decode(layout, Buffer.from(reply, 'hex')));
}

for (const version of versions.filter((name) => name.endsWith(KINDS))) {
  test(`${version} has every kind of account, transfer and change`, () => {
    const lines = expected(version);
    const accounts = records(lines, 'query_accounts', accountLayout);
    const transfers = records(lines, 'query_transfers', transferLayout);
    const union = (found: readonly { readonly flags: bigint }[]): bigint =>
      found.reduce((all, { flags }) => all | flags, 0n);
    const all = (flags: object): bigint =>
      Object.entries(flags).reduce((sum, [name, flag]) => (name === 'padding' ? sum : sum | (flag as bigint)), 0n);
    assert.equal(union(accounts), all(accountFlag));
    assert.equal(union(transfers), all(transferFlag));
    const types = new Set(records(lines, 'get_change_events', changeEventLayout).map(({ type }) => type));
    assert.deepEqual([...types].sort(), [0n, 1n, 2n, 3n, 4n]);
    assert.ok(accounts.some(({ flags }) => flags === accountFlag.closed));
    assert.ok(lines.at(-1)!.op === 'create_transfers');
  });
}
