/** Some of each kind of damage to whole files; `npm run torture` has the rest. */
import '../test/support/plain.ts';
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { temporaryFolder } from '../test/support/folders.ts';
import { killAll } from './processes.ts';
import { wholeFiles } from './whole-files.ts';

const home = temporaryFolder();
after(killAll);
const seed = Math.floor(Math.random() * 2 ** 31);

test('a ledger whose files are lost, emptied, cut or older has all that was told, or says otherwise', async () => {
  const tally = await wholeFiles(home, { seed, places: 1, flips: 4, large: false });
  assert.deepEqual(tally.findings, [], `seed ${seed}: ${tally.how}`);
  assert.equal(tally.lost, 0);
  assert.ok(tally.injected > 100, tally.how);
  assert.ok(tally.checked > 0);
});
