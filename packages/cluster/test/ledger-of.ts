import type { RequestPort } from 'tallystick/internal';
import { ObjectLedger } from '../../../src/client/index.ts';
import type { Ledger } from '../../../src/index.ts';

/** The typed verbs in front of a port. */
export function ledgerOf(port: RequestPort): Ledger {
  return new ObjectLedger(port);
}
