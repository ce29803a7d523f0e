/**
 * A program with a ledger in a folder, to be run as a process of its own: `node child.js ACT FOLDER`. Prints what the
 * test should know, a line each.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { open, TallystickError } from '../../src/index.ts';

const [act = '', folder = ''] = process.argv.slice(2);
const ledger = await open(folder);

async function begin(): Promise<void> {
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
}

/** Transfers with the ids from `first` on. */
function transfers(first: number, count: number): Promise<unknown> {
  return ledger.createTransfers(
    Array.from({ length: count }, (_, index) => ({
      id: BigInt(first + index),
      debit_account_id: 1n,
      credit_account_id: 2n,
      amount: 1n,
      ledger: 1,
      code: 1,
    })),
  );
}

switch (act) {
  // Keeps the ledger open until it is killed.
  case 'hold': {
    await begin();
    console.log('open');
    await sleep(60_000);
    break;
  }
  // Ends in the middle of it all, with calls in flight.
  case 'exit': {
    await begin();
    await transfers(1, 10);
    void transfers(11, 10);
    console.log('10');
    process.exit(0);
    break;
  }
  // Comes to its end without having closed.
  case 'fall off the end': {
    await begin();
    await transfers(1, 10);
    console.log('10');
    break;
  }
  // Throws, with calls in flight.
  case 'throw': {
    await begin();
    await transfers(1, 10);
    void transfers(11, 10);
    throw new Error('as the test wants it');
  }
  // Writes until the disk is full. Its parent limits the size of files.
  case 'fill': {
    await begin();
    let acknowledged = 0;
    try {
      for (; acknowledged < 1_000_000; acknowledged += 100) await transfers(1 + acknowledged, 100);
    } catch (error) {
      const again = await transfers(1, 1).catch((second: unknown) => second);
      await ledger.close();
      console.log(acknowledged);
      console.log(error instanceof TallystickError ? error.code : String(error));
      console.log(again instanceof TallystickError ? again.code : String(again));
    }
    break;
  }
  default:
    throw new Error(`no such act: ${act}`);
}
