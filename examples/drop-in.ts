/**
 * A program written for `tigerbeetle-node`, unchanged but for the name of the package. With `"tigerbeetle-node":
 * "npm:tallystick"` in package.json not even that changes. It talks to `tallystick serve FOLDER --tcp-port 3000`; with
 * $TALLYSTICK_DIR set there is no server, and the ledger lies in that folder.
 */
import { type Account, createClient, id, type Transfer } from 'tallystick';

const client = createClient({ cluster_id: 0n, replica_addresses: [process.env.TB_ADDRESS ?? '3000'] });

const blank = {
  debits_pending: 0n,
  debits_posted: 0n,
  credits_pending: 0n,
  credits_posted: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  reserved: 0,
  flags: 0,
  timestamp: 0n,
};
const accounts: Account[] = [
  { ...blank, id: id(), ledger: 1, code: 718 },
  { ...blank, id: id(), ledger: 1, code: 718 },
];
console.log('accounts:', (await client.createAccounts(accounts)).length);

const transfers: Transfer[] = [
  {
    id: id(),
    debit_account_id: accounts[0]!.id,
    credit_account_id: accounts[1]!.id,
    amount: 10n,
    pending_id: 0n,
    user_data_128: 0n,
    user_data_64: 0n,
    user_data_32: 0,
    timeout: 0,
    ledger: 1,
    code: 720,
    flags: 0,
    timestamp: 0n,
  },
];
console.log('transfers:', (await client.createTransfers(transfers)).length);

for (const account of await client.lookupAccounts(accounts.map((each) => each.id))) {
  console.log('debits', account.debits_posted, 'credits', account.credits_posted);
}

client.destroy();
