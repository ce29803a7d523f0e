/** A program that tells the suite to a ledger of its own: `node stranger.js [forgets-order [excused]]`. */
import type { Account } from '../../src/index.ts';
import { conformance, type Excuse, ModelLedger } from '../../testing/index.ts';

const [fault, excuse] = process.argv.slice(2);

class Forgetful extends ModelLedger {
  override async lookupAccounts(...asked: Parameters<ModelLedger['lookupAccounts']>): Promise<Account[]> {
    const found = await super.lookupAccounts(...asked);
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

const excuses: Excuse[] = [
  {
    reason: 'its index is sorted',
    promises: [
      'a lookup answers in the order asked, twice what is asked twice, and leaves out what is not there',
      'calls take effect in the order in which they were made, and each is answered for itself',
    ],
  },
];

conformance({
  name: 'a stranger',
  open: () => (fault === undefined ? new ModelLedger() : new Forgetful()),
  skip: excuse === undefined ? [] : excuses,
});
