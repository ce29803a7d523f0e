/** A few seconds of each kind of torture; `npm run torture` has the rest. */
import './support/plain.ts';
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { clockSetBack } from '../torture/clock.ts';
import { cutConnections } from '../torture/connection-cuts.ts';
import { corrupted } from '../torture/corrupt.ts';
import { installedFaketime } from '../torture/faketime.ts';
import { fullDisks } from '../torture/full-disk.ts';
import { killLoop } from '../torture/kill.ts';
import { killAll } from '../torture/processes.ts';
import { readOnly } from '../torture/read-only.ts';
import { killShards } from '../torture/shards.ts';
import { smallDisks } from '../torture/small-disks.ts';
import type { Tally } from '../torture/tally.ts';
import { twoWriters } from '../torture/two-writers.ts';
import { temporaryFolder } from './support/folders.ts';

const home = temporaryFolder();
after(killAll);
const seed = Math.floor(Math.random() * 2 ** 31);

function passed(tally: Tally): void {
  assert.deepEqual(tally.findings, [], `seed ${seed}: ${tally.how}`);
  assert.deepEqual([tally.lost, tally.doubled, tally.wrong], [0, 0, 0]);
  assert.ok(tally.injected > 0);
}

test('killed again and again under load from every door: nothing lost, nothing doubled', async () => {
  const tally = await killLoop({ folder: home, cycles: 10, seed, served: 0.4, progress: () => {} });
  passed(tally);
  assert.ok(tally.checked > 0);
});

test('connections cut while the server is killed: programs hear what they would have heard', async () => {
  const options = { cuts: 10, minutes: Number.POSITIVE_INFINITY, progress: () => {} };
  const tally = await cutConnections({ folder: home, seed, ...options });
  passed(tally);
  // Several programs are cut at a time.
  assert.ok(tally.injected >= 10, `${tally.injected}`);
});

test('a disk that runs full', async () => {
  // The one that every machine permits; npm run torture tries others.
  passed(await fullDisks(home, 2, seed, smallDisks.slice(-1)));
});

test('a folder that may not be written', async (t) => {
  const tally = await readOnly(home, seed);
  // Root writes where it likes, unless it may become somebody else or mount.
  if (tally.injected === 0 && tally.findings.length === 0) t.skip(tally.how);
  else passed(tally);
});

test('a server of shards that is killed again and again: nothing lost, and both sides of every transfer', async () => {
  passed(await killShards({ folder: home, cycles: 4, seed }));
});

test('two processes on one folder', async () => passed(await twoWriters(home, 1, seed)));

const library = installedFaketime();
test('a clock that is set back', { skip: library === undefined ? 'libfaketime is not installed' : false }, async () => {
  passed(await clockSetBack(home, library!, 2, seed));
});

test('fields of files damaged', async () => passed(await corrupted(home, seed, 60)));
