/** A journal of more than one file, and what is found across them. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EngineReplayPort, openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { Operation } from '../../src/model/index.ts';
import { queryFlag } from '../../testing/model/names.ts';
import { decode, encode, encodeIds, queryFilterLayout, transferLayout } from '../../testing/model/records.ts';
import { plainTransfers, twoAccounts } from '../../testing/model/simple.ts';
import { temporaryFolder } from '../support/folders.ts';

const EVENTS_MAX = 8189;
const BATCHES = 70;
const folder = temporaryFolder();

/** Sizes that seal after nine batches, so that much is read back from both segments. */
const options = { mode: 'threads', expires: false, sizes: SMALL_SIZES } as const;

test('a ledger goes on into a second segment, is opened there, and finds what lies in both', {
  timeout: 120_000,
}, async () => {
  const port = new EngineReplayPort((await openFolder(folder, options)).engine);
  await port.request(Operation.create_accounts, twoAccounts);
  for (let batch = 0; batch < BATCHES; batch++) {
    await port.request(Operation.create_transfers, plainTransfers(1n + BigInt(batch * EVENTS_MAX), EVENTS_MAX));
  }
  await port.close();
  const segments = readdirSync(join(folder, 'journal'));
  assert.deepEqual(segments.sort(), ['00000000.seg', '00000000.sum', '00000001.seg', '00000001.sum']);
  assert.ok(statSync(join(folder, 'journal', '00000000.seg')).size <= 64 * 2 ** 20);

  const again = new EngineReplayPort((await openFolder(folder, options)).engine);
  const last = BigInt(BATCHES * EVENTS_MAX);
  const ids = [1n, last / 2n, last - BigInt(EVENTS_MAX * 7), last, last + 1n];
  const found = decode(transferLayout, await again.request(Operation.lookup_transfers, encodeIds(ids)));
  assert.deepEqual(
    found.map(({ id }) => id),
    ids.slice(0, 4),
  );
  // The second segment holds the last six batches: eight pages, newest first, come from both.
  let next = last;
  let to = 0n;
  for (let page = 0; page < 8; page++) {
    const filter = encode(queryFilterLayout, [{ timestamp_max: to, limit: 8189n, flags: queryFlag.reversed }]);
    const transfers = decode(transferLayout, await again.request(Operation.query_transfers, filter));
    assert.equal(transfers.length, EVENTS_MAX);
    for (const { id } of transfers) assert.equal(id, next--);
    to = transfers.at(-1)!.timestamp - 1n;
  }
  const results = await again.request(Operation.create_transfers, plainTransfers(last + 1n, 1));
  assert.equal(results.length, 16);
  await again.close();
});
