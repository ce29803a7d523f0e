/** What every store of records promises. */
import assert from 'node:assert/strict';
import type { RecordInput, Records } from '../src/index.ts';

export const record = (id: string, version = 1, state: RecordInput['state'] = 'open', kind = 'letter'): RecordInput => {
  return { id, version, kind, tenant: 0, state, body: Uint8Array.of(version, 0x0a, 0xff) };
};
export const ids = (found: readonly RecordInput[]): string[] => found.map(({ id }) => id);

/** `records` is empty. */
export async function keepsPromises(records: Records): Promise<void> {
  assert.deepEqual(await records.get(['a']), [undefined]);
  assert.deepEqual(await records.append([record('a'), record('b')]), [true, true]);
  assert.deepEqual(await records.get(['b', 'x', 'a']), [record('b'), undefined, record('a')]);
  assert.deepEqual(await records.append([record('a')]), [false], 'a version is written once');
  assert.deepEqual(await records.append([record('a', 2, 'closed')]), [true]);
  assert.deepEqual(await records.append([record('a', 1)]), [false], 'an older version does not come back');
  assert.deepEqual(await records.get(['a']), [record('a', 2, 'closed')]);
  await records.append([record('c'), record('d'), record('e', 1, 'open', 'letters'), { ...record('f'), tenant: 1 }]);
  const filter = { tenant: 0, kind: 'letter', limit: 10 };
  assert.deepEqual(ids(await records.open(filter)), ['b', 'c', 'd']);
  assert.deepEqual(ids(await records.open({ ...filter, limit: 2 })), ['b', 'c']);
  assert.deepEqual(ids(await records.open({ ...filter, after: 'b' })), ['c', 'd']);
  const twice = [record('g'), record('h'), record('g', 2), record('h', 1)];
  assert.deepEqual(await records.append(twice), [true, true, true, false], 'one batch may go through versions');
  assert.deepEqual(await records.get(['g', 'h']), [record('g', 2), record('h')]);
  const races = await Promise.all(Array.from({ length: 40 }, () => records.append([record('i'), record('j', 1)])));
  assert.equal(races.filter(([first]) => first === true).length, 1, 'of those that race one has written it');
  assert.deepEqual(await records.append([]), []);
}
