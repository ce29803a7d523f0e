/** A few faults of `npm run torture -- cluster`, with a caller at every door; the command has the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findServer } from '../../packages/cluster/src/local/servers.ts';
import { tortureCluster } from '../../torture/cluster/run.ts';
import { temporaryFolder } from '../support/folders.ts';

const folder = temporaryFolder();
const program = findServer();
const skip = program === undefined && 'there is no nats-server: put one on PATH, or its path into NATS_SERVER';
const FAULTS = 3;

test('nodes and nats-servers are killed under load: nothing is lost, doubled or out of order', { skip }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const tally = await tortureCluster({ folder, program: program!, faults: FAULTS, seed });
  assert.deepEqual(tally.findings, [], `seed ${seed}: ${tally.how}`);
  assert.deepEqual([tally.lost, tally.doubled, tally.wrong, tally.injected], [0, 0, 0, FAULTS]);
  assert.ok(tally.checked > 0);
});
