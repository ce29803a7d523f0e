/**
 * Files written by each release stay readable by all later ones. `test/format/<version>/` holds a small ledger, each file packed, as that release left it,
 * and `everything.jsonl`: what can be read of it, as requests and replies. `TALLYSTICK_FORMAT=v2 node dist/test/format/format.test.js` writes
 * a new one; those of releases are never written again.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { inventory } from '../../sim/inventory.ts';
import { EngineReplayPort, openFolder } from '../../src/engine/index.ts';
import { Operation, operationShapes, type ReplayPort } from '../../src/model/index.ts';
import { temporaryFolder } from '../support/folders.ts';
import { FORGETFUL_SIZES } from '../support/ports.ts';
import { plainTransfers } from '../support/simple.ts';
import { workload } from '../support/workload.ts';

const home = join(import.meta.dirname, '../../../test/format');
const folder = temporaryFolder();
const EVERYTHING = 'everything.jsonl';
/** Of a story with imports, chains, closed accounts and expiries; ids and timestamps are the story's own. */
const SEED = 22;
const STEPS = 120;

interface Line {
  readonly op: string;
  readonly events: string;
  readonly reply: string;
}

async function openInline(path: string): Promise<EngineReplayPort> {
  return new EngineReplayPort(
    (await openFolder(path, { mode: 'inline', expires: false, sizes: FORGETFUL_SIZES })).engine,
  );
}

async function everything(port: ReplayPort): Promise<Line[]> {
  const lines: Line[] = [];
  const pages = inventory();
  for (let page = pages.next(); page.done !== true; ) {
    const { operation, events } = page.value;
    const reply = await port.request(operation, events);
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    lines.push({ op: Operation[operation]!, events: hex(events), reply: hex(reply) });
    page = pages.next(reply);
  }
  return lines;
}

function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(path.length + 1))
    .sort();
}

function pack(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}

async function write(version: string): Promise<void> {
  const path = join(folder, 'new');
  const port = await openInline(path);
  for (const step of workload(SEED, STEPS)) {
    if (step.kind === 'advance') await port.advance(step.nanoseconds);
    else await port.request(step.operation, step.events, step.timestamp);
  }
  const lines = await everything(port);
  await port.close();
  for (const name of filesIn(path)) {
    // A lock names the machine that it was made on, and a later writer has one of its own.
    if (!name.startsWith('writer-')) pack(join(home, version, name), readFileSync(join(path, name)));
  }
  pack(join(home, version, EVERYTHING), Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
}

if (process.env.TALLYSTICK_FORMAT !== undefined) await write(process.env.TALLYSTICK_FORMAT);

const versions = existsSync(home) ? readdirSync(home).filter((name) => /^v\d+$/.test(name)) : [];

test('there is a ledger of the present version', () => {
  assert.ok(versions.length > 0);
});

for (const version of versions) {
  test(`a ledger of ${version} is read to its last byte, and goes on`, async () => {
    const path = join(folder, version);
    for (const name of filesIn(join(home, version))) {
      const target = join(path, name.replace(/\.gz$/, ''));
      if (name === `${EVERYTHING}.gz`) continue;
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, gunzipSync(readFileSync(join(home, version, name))));
    }
    const text = gunzipSync(readFileSync(join(home, version, `${EVERYTHING}.gz`))).toString();
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const port = await openInline(path);
    for (const { op, events, reply } of lines) {
      const operation = Operation[op as 'query_transfers'];
      const found = await port.request(operation, Buffer.from(events, 'hex'));
      assert.equal(Buffer.from(found).toString('hex'), reply, op);
    }
    assert.ok(
      lines.some(
        ({ op, reply }) => reply.length / 2 >= 20 * operationShapes[Operation[op as 'query_transfers']].replySize,
      ),
    );
    const results = await port.request(Operation.create_transfers, plainTransfers(2n ** 100n, 1));
    assert.equal(results.length, 16);
    await port.close();
    const again = await everything(await openInline(path));
    assert.ok(again.length >= lines.length);
  });
}
