/** Damage is noticed: what is read in the end is right, or an error names the file. */
import { findSnapshot, Superblock } from '../../src/journal/index.ts';
import { type ErrorCode, TallystickError } from '../../src/model/index.ts';
import type { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import type { Random } from '../../testing/model/random.ts';
import { flipBit, sizeOf } from '../disk.ts';
import { Broken } from '../failure.ts';
import { FOLDER, JOURNAL, type Opened, type World } from '../world.ts';
import { agreement } from './agreement.ts';

/** On copies of `world.storage`, whose ledger was closed in order and ends at `cell`. */
export async function detection(world: World, cell: number, random: Random): Promise<void> {
  const { storage } = world;
  const from = await journalDamage(world, storage.fork(), cell, random);
  await oldDamage(world, from, random);

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
    await rightOrRefused(world, copy, where, 'damaged run noticed', ['run_corrupt', 'format_foreign', 'format_newer']);
    copy.remove(path);
    const ledger = await world.open(copy);
    await agreement(world, ledger, `after ${path} was moved away`);
    await ledger.port.close();
  }
}

/**
 * Damages files that recovery does not walk over: the journal before the snapshot, which lookups and queries read; its
 * block checksums, which are derived; the superblock, of which there are two.
 */
async function oldDamage(world: World, from: number, random: Random): Promise<void> {
  const { storage } = world;
  if (from > 0) {
    // Several: a bit of a header, or of accounts, is harmless.
    for (let round = 0; round < 3; round++) {
      const copy = storage.fork();
      const where = flipBit(copy, JOURNAL, 0, from * 128, random);
      world.counted('damaged old cell');
      await rightOrRefused(world, copy, where, 'damaged old cell noticed', ['journal_corrupt', 'format_foreign']);
    }
  }
  const sums = JOURNAL.replace(/seg$/, 'sum');
  if (storage.exists(sums)) {
    const copy = storage.fork();
    const where = flipBit(copy, sums, 0, sizeOf(copy, sums), random);
    world.counted('damaged checksums');
    const ledger = await world.open(copy);
    await agreement(world, ledger, `after ${where} was inverted`);
    await ledger.port.close();
  }
  const copy = storage.fork();
  const superblock = `${FOLDER}/superblock`;
  const where = flipBit(copy, superblock, 0, sizeOf(copy, superblock), random);
  await rightOrRefused(world, copy, where, 'damaged superblock noticed', [
    'journal_corrupt',
    'format_foreign',
    'format_newer',
  ]);
}

/**
 * Damages batches that recovery walks over: they must not be taken for the end of the journal, because the clean close
 * says how long it is. Returns the cell from which recovery walks.
 */
async function journalDamage(world: World, copy: FaultyStorage, cell: number, random: Random): Promise<number> {
  const superblock = Superblock.open(copy, FOLDER);
  const { snapshot } = findSnapshot(copy, `${FOLDER}/snapshots`, superblock.ledgerId, () => 'taken');
  const from = snapshot?.position.cell ?? 0;
  superblock.close();
  if (from >= cell) return from;
  // Witness and lock know, too: here the clean close must do without them.
  for (const name of copy.list(FOLDER)) if (/^(witness|writer-\d+\.lock)$/.test(name)) copy.remove(`${FOLDER}/${name}`);
  const where = flipBit(copy, JOURNAL, from * 128, cell * 128, random);
  world.counted('damaged journal');
  try {
    await world.open(copy);
  } catch (error) {
    if (error instanceof TallystickError && error.code === 'journal_corrupt' && error.message.includes(JOURNAL)) {
      return from;
    }
    throw error;
  }
  throw new Broken('detection', `${where} was inverted, and nobody noticed`);
}

/**
 * Opens `copy`, unless that is refused, and asks everything that can be asked: every answer is the right one or one of
 * these errors, and other questions are answered.
 */
export async function rightOrRefused(
  world: World,
  copy: FaultyStorage,
  where: string,
  noticed: string,
  codes: readonly ErrorCode[],
): Promise<void> {
  const refused = (error: unknown): boolean => {
    if (!(error instanceof TallystickError && codes.includes(error.code))) throw error;
    world.counted(noticed);
    return true;
  };
  let ledger: Opened;
  try {
    ledger = await world.open(copy);
  } catch (error) {
    refused(error);
    return;
  }
  try {
    await agreement(world, ledger, `after ${where} was inverted`, refused);
  } finally {
    await ledger.port.close();
  }
}
