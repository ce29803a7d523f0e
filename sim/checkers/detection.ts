/** Damage is noticed: what is read in the end is right, or an error names the file. */
import { findSnapshot, Superblock } from '../../src/journal/index.ts';
import { type ErrorCode, TallystickError } from '../../src/model/index.ts';
import type { FaultyStorage } from '../../src/platform/index.ts';
import type { Random } from '../../test/support/random.ts';
import { flipBit, sizeOf } from '../disk.ts';
import { Broken } from '../failure.ts';
import { FOLDER, JOURNAL, type World } from '../world.ts';
import { agreement } from './agreement.ts';

/** On copies of `world.storage`, whose ledger was closed in order and ends at `cell`. */
export async function detection(world: World, cell: number, random: Random): Promise<void> {
  const { storage } = world;
  await journalDamage(world, storage.fork(), cell, random);

  const newest = storage
    .list(`${FOLDER}/snapshots`)
    .filter((name) => name.endsWith('.snap'))
    .at(-1);
  if (newest !== undefined) {
    const copy = storage.fork();
    const path = `${FOLDER}/snapshots/${newest}`;
    const where = flipBit(copy, path, 0, sizeOf(copy, path), random);
    world.counted('damaged snapshot');
    const ledger = await world.open(copy);
    if (!ledger.recovery.damagedSnapshots.includes(path)) throw new Broken('detection', `${where} was not reported`);
    await agreement(world, ledger, `after ${where} was inverted`);
    await ledger.port.close();
  }

  const runs = storage.list(`${FOLDER}/runs`).filter((name) => name.endsWith('.run'));
  if (runs.length > 0) {
    const copy = storage.fork();
    const path = `${FOLDER}/runs/${random.pick(runs)}`;
    const where = flipBit(copy, path, 0, sizeOf(copy, path), random);
    world.counted('damaged run');
    await rightOrRefused(world, copy, where, ['run_corrupt', 'format_foreign', 'format_newer']);
    copy.remove(path);
    const ledger = await world.open(copy);
    await agreement(world, ledger, `after ${path} was moved away`);
    await ledger.port.close();
  }
}

/**
 * What recovery walks over must not be taken for the end of the journal: the clean close says how long it is. Cells before the snapshot are not walked, and
 * queries take them as they are.
 */
async function journalDamage(world: World, copy: FaultyStorage, cell: number, random: Random): Promise<void> {
  const superblock = Superblock.open(copy, FOLDER);
  const { snapshot } = findSnapshot(copy, `${FOLDER}/snapshots`, superblock.ledgerId, () => 'taken');
  const from = snapshot?.position.cell ?? 0;
  superblock.close();
  if (from >= cell) return;
  const where = flipBit(copy, JOURNAL, from * 128, cell * 128, random);
  world.counted('damaged journal');
  try {
    await world.open(copy);
  } catch (error) {
    if (error instanceof TallystickError && error.code === 'journal_corrupt' && error.message.includes(JOURNAL)) return;
    throw error;
  }
  throw new Broken('detection', `${where} was inverted, and nobody noticed`);
}

async function rightOrRefused(
  world: World,
  copy: FaultyStorage,
  where: string,
  codes: readonly ErrorCode[],
): Promise<void> {
  try {
    const ledger = await world.open(copy);
    try {
      await agreement(world, ledger, `after ${where} was inverted`);
    } finally {
      await ledger.port.close();
    }
  } catch (error) {
    if (!(error instanceof TallystickError && codes.includes(error.code))) throw error;
  }
}
