import { open } from 'tallystick';
import { accountsInPlace, inPlace, transfersInPlace } from 'tallystick/helpers';

await using ledger = await open(':memory:');
await ledger.createAccounts([1n, 3n].map((id) => ({ id, ledger: 978, code: 1 })));
const ids = [1n, 2n, 3n];
const accounts = await accountsInPlace(ledger, ids);
console.log(accounts.map((account) => account?.id)); // [ 1n, undefined, 3n ]
console.log(await transfersInPlace(ledger, [7n])); // [ undefined ]
// Records that were looked up already get their places, too:
const found = inPlace(ids, await ledger.lookupAccounts(ids));
console.log(found.map((account) => account?.id)); // [ 1n, undefined, 3n ]
