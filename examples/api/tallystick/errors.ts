import { open, TallystickError } from 'tallystick';

const ledger = await open(':memory:');
try {
  await ledger.createAccounts([{ id: 1n, ledger: 978, code: -1 }]);
} catch (error) {
  if (!(error instanceof TallystickError)) throw error;
  console.log(error.code, error.retriable); // invalid_argument false
  console.log(error.index, error.field); // 0 code
}
await ledger.close();
try {
  await ledger.lookupAccounts([1n]);
} catch (error) {
  console.log((error as TallystickError).code); // closed
}
