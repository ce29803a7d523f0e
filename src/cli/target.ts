/** The ledger that a word of the command line means: a folder, `:memory:`, or the address of a server. */
import { connect, type Ledger, open } from '../index.ts';

/** Whether `target` is an address and not a folder. */
export function isAddress(target: string): boolean {
  return /^([a-z][a-z0-9+.-]*:\/\/|unix:)/i.test(target);
}

/** Opens it; a folder that is not there becomes a new ledger. */
export function openTarget(target: string): Promise<Ledger> {
  if (isAddress(target)) return connect(target);
  return target === ':memory:' ? open(':memory:') : open(target);
}
