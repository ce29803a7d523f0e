/** What may be asked of rails besides payouts, and what is answered, as data. */
import type { Field, Shape } from '../base/shape.ts';
import { PAYOUT_STATUSES } from './payout-life.ts';

const text = (about: string): Field => ({ check: 'text', about });
const maybe = (about: string): Field => ({ check: 'text', optional: true, about });
const rail = text('The name of the rail.');
const asset = text('The code of its asset.');
const money = text('Text, with all digits behind the point.');
const count = (about: string): Field => ({ check: 'count', about });

export type RailShape = 'statement' | 'assignment';

export const railShapes: { readonly [shape in RailShape]: Shape } = {
  statement: { rail, document: { check: 'document', about: 'A camt.053 or camt.054, as the bank has made it.' } },
  assignment: { rail, account: { check: 'name', about: 'The account of ours that it is for, or from.' } },
};

export type RailAnswer = 'Payout' | 'Unmatched' | 'Imported' | 'Aside';

export const railAnswers: { readonly [name in RailAnswer]: Shape } = {
  Payout: {
    id: text('The id of the payout.'),
    payment: text('The same as a payment: under this id others approve of it.'),
    rail,
    asset,
    amount: money,
    status: { check: PAYOUT_STATUSES },
    reason: maybe('The code of the bank, where it has rejected or returned it.'),
    file: maybe('The number of the file that it is in.'),
    created_at: text('When, in nanoseconds since the epoch.'),
  },
  Unmatched: {
    id: text('The id of the entry.'),
    rail,
    asset,
    side: { check: ['credit', 'debit'], about: 'Whether it came in or went out.' },
    amount: money,
    day: text("The bank's booking day, such as 20261201."),
    party: maybe('Whoever is on the other side, as far as the bank says.'),
    remittance: { check: 'texts', optional: true, about: 'What they wrote.' },
    assigned: maybe('The account that it was assigned to.'),
  },
  Imported: {
    settled: count('Payouts that the bank has booked.'),
    returned: count('Payouts that came back to whoever had paid.'),
    received: count('Money that came in for one of our accounts.'),
    unmatched: count('Entries that wait for somebody who knows whose they are.'),
    again: count('Entries that were booked before.'),
    other: count('Entries whose reference was booked before, with another amount or side: they were not booked.'),
    problems: { check: 'texts', about: 'In sentences: what was not booked, and why.' },
  },
  Aside: {
    id: text('What its bytes are called.'),
    why: text('Why it cannot be read.'),
    message: { check: 'document', about: 'As it came.' },
  },
};
