/**
 * Whoever opens a ledger that cannot be opened, again and again, must not run out of files: whatever fails on the way,
 * all are closed.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { takeInventory } from '../../sim/inventory.ts';
import { EngineReplayPort, openFolder } from '../../src/engine/index.ts';
import { TallystickError } from '../../src/model/index.ts';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import type { Io } from '../../testing/disk/io-fault.ts';
import { everyKind } from '../../testing/model/kinds.ts';
import { FORGETFUL_SIZES } from '../../testing/ports/sizes.ts';

const FOLDER = '/ledger';
const isRead = ({ kind }: Io): boolean => kind === 'read' || kind === 'open';

async function open(storage: FaultyStorage): Promise<EngineReplayPort> {
  const { engine } = await openFolder(FOLDER, { mode: 'inline', expires: false, sizes: FORGETFUL_SIZES, storage });
  return new EngineReplayPort(engine);
}

/** A ledger with snapshots and runs, left behind by a process that was killed. */
async function left(): Promise<FaultyStorage> {
  const storage = new FaultyStorage();
  const port = await open(storage);
  await everyKind(port);
  assert.ok(storage.list(`${FOLDER}/runs`).length > 2, 'there are runs');
  const after = storage.fork();
  for (const name of after.list(FOLDER)) if (name.startsWith('writer-')) after.remove(`${FOLDER}/${name}`);
  await port.close();
  assert.deepEqual(storage.openFiles, [], 'closed in order');
  return after;
}

/** Opens, reads and closes copies of `whole` until no step is left that could fail. */
async function everyStep(whole: FaultyStorage, fails: (io: Io) => boolean, rot?: number): Promise<number> {
  for (let nth = 0; ; nth++) {
    const storage = whole.fork();
    let seen = 0;
    storage.faults = (io) => {
      if (!fails(io) || seen++ !== nth) return undefined;
      return rot === undefined
        ? { kind: 'error', code: 'disk_failed', errno: 'EIO', part: 0 }
        : { kind: 'rot', bit: rot };
    };
    let port: EngineReplayPort | undefined;
    try {
      port = await open(storage);
      const opened = port;
      await takeInventory(({ operation, events }) => opened.request(operation, events));
    } catch (error) {
      if (!(error instanceof TallystickError)) throw error;
    } finally {
      await port?.close().catch((error: unknown) => {
        if (!(error instanceof TallystickError)) throw error;
      });
    }
    assert.deepEqual(storage.openFiles, [], `step ${nth}`);
    if (seen <= nth) return nth;
  }
}

test('whichever step fails when a ledger is opened, read and closed, no file stays open', async () => {
  const whole = await left();
  assert.ok((await everyStep(whole, () => true)) > 50);
});

test('whatever is read wrongly when a ledger is opened and read, no file stays open', async () => {
  const whole = await left();
  for (const bit of [3, 8 * 100 + 1]) assert.ok((await everyStep(whole, isRead, bit)) > 20);
});
