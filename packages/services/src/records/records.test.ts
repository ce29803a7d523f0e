/** Every store of records keeps the same promises; the one in memory loses what a power cut would. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inFolder } from '../../test/ledgers.ts';
import { ids, keepsPromises, record } from '../../test/records-suite.ts';
import { LmdbRecords } from './lmdb-records.ts';
import { MemoryRecords } from './memory-records.ts';

test('records in memory', () => keepsPromises(new MemoryRecords()));

test('records in LMDB, which are there again when it is opened again', async () => {
  const { path, remove } = inFolder();
  try {
    const records = await LmdbRecords.open(path);
    await keepsPromises(records);
    await records.close();
    const again = await LmdbRecords.open(path);
    assert.deepEqual(await again.get(['a', 'b']), [record('a', 2, 'closed'), record('b')]);
    assert.deepEqual(ids(await again.open({ tenant: 0, kind: 'letter', limit: 3 })), ['b', 'c', 'd']);
    await again.close();
  } finally {
    remove();
  }
});

test('LMDB that cannot be opened is an error with a next step', async () => {
  await assert.rejects(LmdbRecords.open('/dev/null/records'), { code: 'disk_failed' });
});

test('a power cut takes what was not answered, each append whole or not at all', async () => {
  const records = new MemoryRecords();
  await records.append([record('a')]);
  const lost = [records.append([record('b'), record('c')]), records.append([record('d')])];
  const after = records.crash(1);
  for (const append of lost) await assert.rejects(append, { code: 'closed' });
  await assert.rejects(records.append([record('e')]), { code: 'closed' });
  assert.deepEqual(ids(await after.open({ tenant: 0, kind: 'letter', limit: 9 })), ['a', 'b', 'c']);
});
