/**
 * Every ledger answers like a real cluster: every reply of the recorded conversations, byte for byte, on every kind of
 * ledger, and again when the process is killed in the middle or the power goes.
 *
 * What the traces taught, beyond the list of checks:
 * - a request whose timestamp is "0" holds imported or existing events only. Before the first known timestamp "last
 *   known + N" is not enough: imported events lie below the request's timestamp, so it must lie above the newest of
 *   them, too (trace.ts);
 * - a `wait` may simply add three seconds to the newest timestamp, reads included, and then expire what is due;
 * - a few traces were recorded on a ledger with a past. They say so themselves: their first reply knows ids that nobody
 *   had sent.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buryWriters } from '../sim/disk.ts';
import { replay } from '../src/conform/index.ts';
import { type Engine, type EngineOptions, EngineReplayPort, openFolder, SMALL_SIZES } from '../src/engine/index.ts';
import type { ReplayPort } from '../src/model/index.ts';
import { FaultyStorage, PowerLost } from '../testing/disk/faulty-storage.ts';
import { Random } from '../testing/model/random.ts';
import { compared, ops, type Trace, tell, tellTime, times, traces } from './support/corpus.ts';
import { openReplay } from './support/folder-replay.ts';
import { ports } from './support/ports.ts';
import { replayInChild } from './support/replay-parent.ts';

/** Handed a folder that is removed afterwards. */
type Open = (folder: string) => Promise<ReplayPort>;

const inFolder =
  (options: EngineOptions): Open =>
  async (folder) =>
    new EngineReplayPort((await openFolder(folder, { ...options, expires: false })).engine);

const ledgers: readonly { readonly name: string; readonly open: Open }[] = [
  ...ports,
  { name: 'folder, inline', open: inFolder({ mode: 'inline', sizes: SMALL_SIZES }) },
  { name: 'folder, threads', open: openReplay },
];

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tallystick-corpus-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sameAsRecorded({ name, lines }: Trace, open: Open): Promise<void> {
  await withFolder(async (folder) => {
    const port = await open(folder);
    const printed: string[] = [];
    const { requests, differences } = await replay(lines, name, port, (line) => printed.push(line));
    await port.close();
    assert.equal(differences, 0, printed.join('\n'));
    assert.equal(requests, lines.filter((line) => line.kind === 'request').length);
  });
}

/** A process on threads is killed after some lines; another one takes over the folder and goes on to the end. */
async function killed(trace: Trace, random: Random): Promise<void> {
  const { name, lines } = trace;
  const module = join(import.meta.dirname, 'support/folder-replay.js');
  const opAfter = await ops(lines);
  await withFolder(async (folder) => {
    const child = await replayInChild({
      module,
      folder,
      trace: trace.path,
      killAfter: random.between(1, lines.length - 1),
    });
    assert.equal(child.signal, 'SIGKILL', child.errors);
    const heard = child.acknowledged.length;
    const when = `killed when ${heard} of ${lines.length} lines had been acknowledged`;
    const { engine } = await openFolder(folder, { mode: 'threads', expires: false });
    const port = new EngineReplayPort(engine);
    const { op } = engine.sequencer;
    assert.ok(op >= opAfter[heard]!, `${when}: op ${opAfter[heard]} was one of them, the newest one found is ${op}`);
    assert.ok(op <= opAfter[Math.min(heard + 1, lines.length)]!, `${when}: op ${op} was found, which nobody had sent`);
    await tellTime(times(lines)[heard]!, port);
    const differences: string[] = [];
    for (const [index, line] of lines.entries()) {
      if (index < heard) continue;
      // The line behind them may have been executed without anybody hearing of it: what it did, later replies tell.
      if (index === heard && line.kind === 'request' && op > opAfter[heard]!) continue;
      differences.push(...compared(line, await tell(line, port), name));
    }
    await port.close();
    assert.deepEqual(differences, [], when);
  });
}

/**
 * While a trace is replayed, the power goes or the process dies, again and again, in the middle of writes. Returns how
 * often.
 */
async function crashing({ name, lines }: Trace, random: Random): Promise<number> {
  const time = times(lines);
  const sizes = { ...SMALL_SIZES, sealEntries: random.pick([50, 1000]) };
  let storage = new FaultyStorage();
  let crashes = 0;
  const open = async (): Promise<{ engine: Engine; port: EngineReplayPort }> => {
    const { engine } = await openFolder('/l', { mode: 'inline', expires: false, sizes, storage });
    storage.failAfter(random.below(random.pick([2000, 40_000, 400_000])), 'power');
    return { engine, port: new EngineReplayPort(engine) };
  };
  const differences: string[] = [];
  let { engine, port } = await open();
  for (let index = 0; index < lines.length; ) {
    const line = lines[index]!;
    const before = engine.sequencer.op;
    try {
      differences.push(...compared(line, await tell(line, port), name));
      index++;
    } catch (error) {
      assert.ok(error instanceof PowerLost, String(error));
      storage = random.chance(0.5) ? storage.restart() : storage.crash(() => random.u32() / 2 ** 32);
      buryWriters(storage, '/l');
      crashes++;
      ({ engine, port } = await open());
      const { op } = engine.sequencer;
      assert.ok(op >= before, `line ${line.line}: op ${before} was acknowledged, the newest one found is ${op}`);
      if (line.kind === 'request')
        assert.ok(op <= before + 1, `line ${line.line}: op ${op} was found, which nobody had sent`);
      // Executed, though nobody heard of it.
      if (line.kind === 'request' && op > before) index++;
      storage.repair();
      await tellTime(time[index]!, port);
      if (line.kind === 'wait') {
        // Some of the pulses of a wait may be there: what is left of it is waited for.
        const reached = engine.sequencer.timestamp > time[index]! ? engine.sequencer.timestamp : time[index]!;
        if (time[index + 1]! > reached) await port.advance(time[index + 1]! - reached);
        index++;
      }
      storage.failAfter(random.below(random.pick([2000, 40_000, 400_000])), 'power');
    }
  }
  storage.repair();
  await port.close();
  assert.deepEqual(differences, [], `after ${crashes} crashes`);
  return crashes;
}

/** A few cannot be replayed: `past` says what in the recording proves it. */
const all = await traces();
if (all.length === 0) test('ledgers replay the corpus', { skip: 'no corpus at ../shared/corpus' }, () => {});

const fresh = all.filter(({ past }) => past === undefined);

for (const trace of all.filter(({ past }) => past !== undefined)) {
  test(`${trace.name}: ${trace.past}`, async () => {
    await assert.rejects(
      sameAsRecorded(trace, async () => ports[0]!.open()),
      { code: 'ERR_ASSERTION' },
    );
  });
}

for (const { name, open } of ledgers) {
  for (const trace of fresh) test(`${trace.name}: ${name}`, () => sameAsRecorded(trace, open));
}

for (const trace of fresh) {
  const seed = Number(/\d+/.exec(trace.name)?.[0] ?? 0);
  test(`${trace.name}: on threads, killed in the middle`, () => killed(trace, new Random(seed)));
  test(`${trace.name}: inline, crashing again and again`, async () => {
    const crashes = await crashing(trace, new Random(seed));
    assert.ok(crashes > 0, 'the trace met a crash');
  });
}
