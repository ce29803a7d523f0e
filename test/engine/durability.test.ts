/** What was heard or shown stays, whatever happens to the process and to the power. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buryWriters } from '../../sim/disk.ts';
import { type EngineOptions, EngineReplayPort, openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { Operation } from '../../src/model/index.ts';
import { FaultyStorage, PowerLost } from '../../testing/disk/faulty-storage.ts';
import { Random } from '../../testing/model/random.ts';
import { plainTransfers, twoAccounts } from '../../testing/model/simple.ts';

const folder = '/l';
const journal = `${folder}/journal/00000000.seg`;
const inline: EngineOptions = { mode: 'inline', sizes: SMALL_SIZES };
const sealing: EngineOptions = { mode: 'inline', sizes: { ...SMALL_SIZES, sealEntries: 5 } };

/** The first batch of two accounts is there, and the ledger closed. */
async function begun(options: EngineOptions): Promise<FaultyStorage> {
  const storage = new FaultyStorage();
  const { engine } = await openFolder(folder, { ...options, storage });
  const port = new EngineReplayPort(engine);
  await port.request(Operation.create_accounts, twoAccounts);
  await port.close();
  return storage;
}

for (const { name, options } of [
  { name: 'without snapshots', options: inline },
  { name: 'with snapshots', options: sealing },
]) {
  test(`what recovery showed after a kill stays when the power goes next, ${name}`, async () => {
    const start = await begun(options);
    // Batches of one flush may be wholly written when the process is killed in the middle of it, and not yet be
    // durable.
    for (let bytes = 0; bytes < 8500; bytes += 128) {
      const storage = start.fork();
      const { engine } = await openFolder(folder, { ...options, storage });
      const port = new EngineReplayPort(engine);
      storage.failAfter(bytes, 'power');
      await Promise.allSettled(
        [1n, 11n, 21n].map((first) => port.request(Operation.create_transfers, plainTransfers(first, 10))),
      );
      const killed = storage.restart();
      buryWriters(killed, folder);
      const shown = (await openFolder(folder, { ...options, storage: killed })).engine.sequencer.op;
      for (let seed = 1; seed <= 3; seed++) {
        const random = new Random(seed);
        const crashed = killed.crash(() => random.u32() / 2 ** 32);
        buryWriters(crashed, folder);
        const found = (await openFolder(folder, { ...options, storage: crashed })).engine.sequencer.op;
        assert.ok(
          found >= shown,
          `killed after ${bytes} bytes, seed ${seed}: op ${shown} was shown, ${found} is found`,
        );
      }
    }
  });
}

test('a journal that ends at its snapshot is not taken for an empty one when its first cell is damaged', async () => {
  const storage = await begun(sealing);
  const { engine } = await openFolder(folder, { ...sealing, storage });
  const port = new EngineReplayPort(engine);
  for (let first = 1n; first < 30n; first += 7n) {
    await port.request(Operation.create_transfers, plainTransfers(first, 7));
  }
  // The snapshot is taken before the batch that finds the generation full; a crash may take that one away.
  const { cell } = engine.sequencer.from;
  const before = storage.list(`${folder}/journal`);
  const crashed = storage.restart();
  buryWriters(crashed, folder);
  const file = crashed.open(journal, { mode: 'write' });
  file.write(new Uint8Array(8 * 128), (cell - 8) * 128);
  file.close();
  crashed.flip(journal, 8 * 90);
  await assert.rejects(openFolder(folder, { ...sealing, storage: crashed }), { code: 'journal_corrupt' });
  assert.deepEqual(crashed.list(`${folder}/journal`), before, 'nothing was removed');
});

for (const how of ['disk_full', 'disk_failed'] as const) {
  test(`a ledger whose disk answers ${how} says so, closes, and is opened again by the same process`, async () => {
    const storage = await begun(inline);
    const { engine } = await openFolder(folder, { ...inline, storage });
    const port = new EngineReplayPort(engine);
    await port.request(Operation.create_transfers, plainTransfers(1n, 3));
    storage.failAfter(100, how);
    await assert.rejects(port.request(Operation.create_transfers, plainTransfers(4n, 100)), { code: how });
    await assert.rejects(
      port.request(Operation.lookup_accounts, new Uint8Array(16)),
      { code: how },
      'and goes on saying so',
    );
    await port.close();
    storage.repair();
    const again = new EngineReplayPort((await openFolder(folder, { ...inline, storage })).engine);
    const found = await again.request(Operation.lookup_transfers, plainIds(1n, 3));
    assert.equal(found.length, 3 * 128, 'what was acknowledged is there');
    await again.close();
  });

  test(`a close that cannot be recorded (${how}) lets go of the folder all the same`, async () => {
    const storage = await begun(inline);
    const { engine } = await openFolder(folder, { ...inline, storage });
    storage.failAfter(0, how);
    await assert.rejects(engine.close(), { code: how });
    storage.repair();
    await (await openFolder(folder, { ...inline, storage })).engine.close();
  });
}

test('a storage that was handed in may fail in words of its own, and callers hear them', async () => {
  const storage = await begun(inline);
  const { engine } = await openFolder(folder, { ...inline, storage });
  const port = new EngineReplayPort(engine);
  storage.failAfter(100, 'power');
  const heard = await port.request(Operation.create_transfers, plainTransfers(1n, 3)).catch((error: unknown) => error);
  assert.ok(heard instanceof PowerLost, String(heard));
  assert.equal(engine.failure, heard);
});

function plainIds(first: bigint, count: number): Uint8Array {
  const ids = new BigUint64Array(count * 2);
  for (let index = 0; index < count; index++) ids[index * 2] = first + BigInt(index);
  return new Uint8Array(ids.buffer);
}
