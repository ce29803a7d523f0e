/**
 * SQLite as its documentation advises for one writer: WAL, synchronous=FULL, prepared statements, immediate transactions. Prints JSON.
 *
 *   node sqlite.mjs MODULE FILE BATCH SECONDS
 */
import { randomFillSync } from 'node:crypto';
import { createRequire } from 'node:module';

const [, , module, file, batchText, secondsText] = process.argv;
const Database = createRequire(import.meta.url)(module);
const batch = Number(batchText);
const ACCOUNTS = 10_000;
const database = new Database(file);
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA cache_size = -524288;
  CREATE TABLE account (
    id INTEGER PRIMARY KEY, ledger INTEGER NOT NULL,
    debits_posted INTEGER NOT NULL DEFAULT 0 CHECK (debits_posted >= 0), credits_posted INTEGER NOT NULL DEFAULT 0 CHECK (credits_posted >= 0)
  ) STRICT;
  CREATE TABLE transfer (
    id BLOB PRIMARY KEY, debit_account_id INTEGER NOT NULL REFERENCES account, credit_account_id INTEGER NOT NULL REFERENCES account,
    amount INTEGER NOT NULL CHECK (amount >= 0), code INTEGER NOT NULL, timestamp INTEGER NOT NULL, CHECK (debit_account_id <> credit_account_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX transfer_debit ON transfer (debit_account_id, timestamp);
  CREATE INDEX transfer_credit ON transfer (credit_account_id, timestamp);
`);
const insertAccount = database.prepare('INSERT INTO account (id, ledger) VALUES (?, 840)');
database.transaction(() => {
  for (let id = 1; id <= ACCOUNTS; id++) insertAccount.run(id);
})();

const ledgers = database.prepare('SELECT count(DISTINCT ledger) FROM account WHERE id IN (?, ?)').pluck();
const insert = database.prepare('INSERT INTO transfer VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
const debitSide = database.prepare('UPDATE account SET debits_posted = debits_posted + ? WHERE id = ?');
const creditSide = database.prepare('UPDATE account SET credits_posted = credits_posted + ? WHERE id = ?');
const random = (below) => Math.floor(Math.random() * below);
function transfer(id) {
  const debit = 1 + random(ACCOUNTS);
  const credit = 1 + ((debit + random(ACCOUNTS - 1)) % ACCOUNTS);
  const amount = 1 + random(10_000);
  if (ledgers.get(debit, credit) !== 1) throw new Error('accounts of one ledger are needed');
  if (insert.run(id, debit, credit, amount, 1, Date.now()).changes === 0) return 'exists';
  debitSide.run(amount, debit);
  creditSide.run(amount, credit);
  return 'created';
}
const run = database.transaction(() => {
  for (let i = 0; i < batch; i++) {
    const id = Buffer.allocUnsafe(16);
    randomFillSync(id);
    // Ids grow with time, as a careful user's do: the index stays dense.
    id.writeBigUInt64BE(process.hrtime.bigint(), 0);
    transfer(id);
  }
}).immediate;

const times = [];
let measured = 0;
const started = performance.now();
const warm = started + 300;
const until = warm + Number(secondsText) * 1000;
for (let now = started; now < until || times.length < 3; ) {
  run();
  const end = performance.now();
  if (now >= warm) {
    times.push(end - now);
    measured += end - now;
  }
  now = end;
}
times.sort((a, b) => a - b);
const at = (share) => Number(times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(3));
console.log(
  JSON.stringify({
    transfers_per_second: Math.round((times.length * batch * 1000) / measured),
    latency_ms: { p50: at(0.5), p99: at(0.99), p100: at(1) },
  }),
);
database.close();
