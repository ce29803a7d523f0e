/**
 * A program with a ledger of its own, for torture: `fork`ed with `FOLDER SIZES MODE`, it opens the ledger and does what
 * its parent says. Every call is answered by `{ number, value }` or `{ number, error }`; the first message says how
 * opening went.
 */

import { type EngineOptions, LARGE_SIZES, openFolder } from '../src/engine/index.ts';
import { ObjectLedger } from '../src/model/index.ts';
import { TIGHT_FORGETFUL_SIZES } from '../testing/ports/sizes.ts';
import { ledgerDoor } from './doors.ts';

export interface Asked {
  readonly number: number;
  readonly call:
    | 'createAccounts'
    | 'createTransfers'
    | 'lookupAccounts'
    | 'lookupTransfers'
    | 'transfersFrom'
    | 'close';
  readonly argument: unknown;
}

export interface Told {
  /** 0: opening. */
  readonly number: number;
  readonly value?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

const [folder = '', sizes = '', mode = '', takeOver = ''] = process.argv.slice(2);

function tell(told: Told): void {
  process.send!(told);
}

function failure(number: number, error: unknown): Told {
  const { code = 'none', message } = error as { code?: string; message: string };
  return { number, error: { code: String(code), message } };
}

const options: EngineOptions = {
  mode: mode === 'inline' ? 'inline' : 'threads',
  sizes: sizes === 'small' ? TIGHT_FORGETFUL_SIZES : LARGE_SIZES,
  takeOver: takeOver === 'take over',
};

try {
  const { engine, recovery } = await openFolder(folder, options);
  const ledger = new ObjectLedger(engine);
  const door = ledgerDoor('embedded', ledger);
  process.on('message', ({ number, call, argument }: Asked) => {
    // A close is to say what went wrong.
    const answer = call === 'close' ? ledger.close() : (door[call] as (given: unknown) => Promise<unknown>)(argument);
    answer.then(
      (value) => {
        tell({ number, value });
        if (call === 'close') process.disconnect();
      },
      (error: unknown) => {
        tell(failure(number, error));
        if (call === 'close') process.disconnect();
      },
    );
  });
  tell({ number: 0, value: recovery });
} catch (error) {
  tell(failure(0, error));
  process.disconnect();
}
