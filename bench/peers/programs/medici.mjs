/**
 * medici without sessions: one entry() for a transfer, or for a whole batch, with a debit and a credit for each transfer of it. Sums up all accounts in the end
 * and compares them with what was sent. Prints JSON.
 *
 *   node medici.mjs MODULES URL CALLERS BATCH SECONDS
 */
import { createRequire } from 'node:module';

const [, , modules, url, callersText, batchText, secondsText] = process.argv;
const require = createRequire(modules);
const mongoose = require('mongoose');
const { Book, initModels } = require('medici');
const callers = Number(callersText);
const batch = Number(batchText);
const ACCOUNTS = 10_000;
await mongoose.connect(url);
await initModels();

const book = new Book('ledger', { precision: 0 });
/** What each account must have been debited and credited in the end. */
const debits = new Float64Array(ACCOUNTS + 1);
const credits = new Float64Array(ACCOUNTS + 1);
let journals = 0;
const random = (below) => Math.floor(Math.random() * below);
async function commit() {
  const entry = book.entry('transfer');
  for (let i = 0; i < batch; i++) {
    const debit = 1 + random(ACCOUNTS);
    const credit = 1 + ((debit + random(ACCOUNTS - 1)) % ACCOUNTS);
    const amount = 1 + random(10_000);
    entry.debit(`Accounts:${debit}`, amount).credit(`Accounts:${credit}`, amount);
    debits[debit] += amount;
    credits[credit] += amount;
  }
  await entry.commit();
  journals++;
}

const times = [];
const started = performance.now();
const warm = started + 3000;
const until = warm + Number(secondsText) * 1000;
let first = Infinity;
let last = 0;
await Promise.all(
  Array.from({ length: callers }, async () => {
    for (let now = started; now < until || times.length < 3; ) {
      await commit();
      const end = performance.now();
      if (now >= warm) {
        times.push(end - now);
        first = Math.min(first, now);
        last = end;
      }
      now = end;
    }
  }),
);
await check();
times.sort((a, b) => a - b);
const at = (share) => Number(times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(3));
console.log(
  JSON.stringify({
    transfers_per_second: Math.round((times.length * batch * 1000) / (last - first)),
    latency_ms: { p50: at(0.5), p99: at(0.99), p100: at(1) },
  }),
);
await mongoose.disconnect();

/** Every account's two sides, summed up by the server, and the number of journals. */
async function check() {
  const { connection } = mongoose;
  const legs = connection.model('Medici_Transaction').collection;
  const sums = await legs
    .aggregate([{ $group: { _id: '$accounts', debit: { $sum: '$debit' }, credit: { $sum: '$credit' } } }])
    .toArray();
  for (const { _id, debit, credit } of sums) {
    const account = Number(_id.split(':')[1]);
    if (debits[account] !== debit || credits[account] !== credit)
      throw new Error(`${_id} has ${debit} and ${credit}, not ${debits[account]} and ${credits[account]}`);
  }
  const touched = debits.filter((debit, account) => debit + credits[account] > 0).length;
  const stored = await connection.model('Medici_Journal').collection.estimatedDocumentCount();
  if (sums.length !== touched || stored !== journals)
    throw new Error(`${sums.length} accounts and ${stored} journals, not ${touched} and ${journals}`);
}
