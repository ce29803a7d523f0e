import type { Port } from 'tallystick/internal';
import type { Ledger } from '../../../src/index.ts';
import { ObjectLedger } from '../../../src/model/index.ts';

/** The typed verbs in front of a port. */
export function ledgerOf(port: Port): Ledger {
  return new ObjectLedger(port);
}
