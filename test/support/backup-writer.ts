/**
 * Writes transfers into the ledger in argv[2] until stdin ends, and says on stdout how many were acknowledged so far, a
 * line each. Transfer n has id n and moves n from account 1 + n % 7 to account 8: what a copy holds can be told from
 * the number of its transfers.
 */

import { once } from 'node:events';
import { openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { ObjectLedger } from '../../src/model/index.ts';

/** So many in large batches, to fill a segment of the journal; then small ones. */
const LARGE_COUNT = 540_000;
const LARGE_BATCH = 8000;
const SMALL_BATCH = 40;
const IN_FLIGHT = 4;

const folder = process.argv[2]!;
const { engine } = await openFolder(folder, { mode: 'threads', sizes: { ...SMALL_SIZES, sealEntries: 12_000 } });
const ledger = new ObjectLedger(engine);
let ended = false;
process.stdin.on('end', () => {
  ended = true;
});
process.stdin.resume();

await ledger.createAccounts(Array.from({ length: 8 }, (_, index) => ({ id: BigInt(index + 1), ledger: 1, code: 1 })));
let sent = 0;
let acknowledged = 0;
const flights: Promise<void>[] = [];
while (!ended) {
  const size = sent < LARGE_COUNT ? LARGE_BATCH : SMALL_BATCH;
  const transfers = Array.from({ length: size }, (_, index) => {
    const id = sent + index + 1;
    return {
      id: BigInt(id),
      debit_account_id: BigInt(1 + (id % 7)),
      credit_account_id: 8n,
      amount: BigInt(id),
      ledger: 1,
      code: 1,
    };
  });
  sent += size;
  flights.push(
    ledger.createTransfers(transfers).then((results) => {
      acknowledged += results.length;
      process.stdout.write(`${acknowledged}\n`);
    }),
  );
  if (flights.length >= IN_FLIGHT) await flights.shift();
}
await Promise.all(flights);
await ledger.close();
process.stdout.write(`closed ${sent}\n`);
if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
