import { CreateTransferStatus, createClient, ErrorCodes, id, RequestError } from 'tallystick';

// With $TALLYSTICK_DIR this is a ledger in that folder, opened in this process; without it, servers at the addresses.
const client = createClient({ cluster_id: 0n, replica_addresses: ['3000'] });
await client.createAccounts([
  { id: 1n, ledger: 978, code: 1 },
  { id: 2n, ledger: 978, code: 1 },
]);
const [result] = await client.createTransfers([
  { id: id(), debit_account_id: 1n, credit_account_id: 2n, amount: 10n, ledger: 978, code: 1 },
]);
console.log(CreateTransferStatus[result!.status]); // created
client.destroy();
try {
  await client.lookupAccounts([1n]);
} catch (error) {
  console.log(error instanceof RequestError && error.code === ErrorCodes.ERR_CLIENT_CLOSED); // true
}
