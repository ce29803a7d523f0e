import { type OpenOptions, open, TallystickError } from 'tallystick';

const options: OpenOptions = { mode: 'inline' };
const ledger = await open('./books', options);
await ledger.createAccounts([{ id: 1n, ledger: 978, code: 1 }]);
await ledger.close();

// A program that expects its ledger to be there says so: a folder that is absent is then no new ledger.
try {
  await open('./boks', { create: false });
} catch (error) {
  console.log(error instanceof TallystickError && error.code); // not_found
}

const again = await open('./books', { create: false });
console.log(again.recovery.tornAt); // undefined
console.log((await again.lookupAccounts([1n])).length); // 1
await again.close();

// In memory, with a clock that the program turns: for tests.
const memory = await open(':memory:', { now: 0n });
await memory.advance(1_000_000_000n);
const copy = memory.fork();
await memory.close();
console.log((await copy.lookupAccounts([1n])).length); // 0
await copy.close();
