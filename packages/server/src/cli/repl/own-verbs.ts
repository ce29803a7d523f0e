/**
 * What the prompt has beside the ledger's operations: the balance of an account at a time, by the side on which it
 * grows, and reads of one snapshot. They look like operations, so that the grammar, `help` and Tab treat them alike.
 */
import { Operation } from 'tallystick/internal/model';
import { type OperationByName, type PlainField, type PlainRecord, plainRecords } from 'tallystick/internal/wire';

/** A field of its own, whatever its place: nothing of it ever lies in memory. */
function field(name: string, about: string, more: Partial<PlainField> = {}): PlainField {
  const none = { of: undefined, names: undefined, shown: undefined, flags: undefined, iso: undefined };
  return { name, about, type: 'u128', at: 0, index: 0, ...none, ...more };
}

function record(name: string, fields: readonly PlainField[]): PlainRecord {
  const byName = new Map(fields.map((one) => [one.name, one]));
  const byIso = new Map(fields.flatMap((one) => (one.iso === undefined ? [] : [[one.iso, one] as const])));
  const none = { size: 0, required: 0, presets: [], unless: undefined };
  return { name, fields, meaningful: fields, byName, byIso, ...none };
}

export const SIDES = { debit: 1, credit: 2 } as const;
const sides = {
  of: {
    name: 'Side',
    constant: 'SIDE',
    about: 'The side on which an account grows.',
    kind: 'flags',
    members: [
      { name: 'debit', value: SIDES.debit, about: 'What you have: cash, receivables, expenses.' },
      { name: 'credit', value: SIDES.credit, about: "What you owe or have earned: customers' money, equity, income." },
    ],
  },
  names: new Map<string, number>(Object.entries(SIDES)),
  flags: new Map(Object.entries(SIDES).map(([name, bit]) => [bit as number, name])),
} as const;

const id = field('id', 'The account.');
const timestamp = field('timestamp', 'Last timestamp that counts, inclusive; left out: the newest.', {
  type: 'u64',
  iso: 'timestamp_iso',
});
const side = field('side', 'On which it grows: debit or credit. An account with a rule has its own.', {
  type: 'u8',
  ...sides,
});

/** Neither is an operation of the ledger: each asks one. */
const ONE = { eventSize: 0, single: true, eventsMax: 1, repliesMax: 1 } as const;

export const BALANCE_AT: OperationByName = {
  ...ONE,
  name: 'balance_at',
  number: Operation.lookup_accounts_at,
  about: 'Returns the balance of an account at a time, with or without `history`, and what was reserved then.',
  event: record('BalanceAt', [id, timestamp, side]),
  reply: record('Balance', [
    id,
    field('posted', 'What had come in less what had gone out.'),
    field('pending_in', 'Reserved to come in.'),
    field('pending_out', 'Reserved to go out.'),
    field('available', 'What might have gone out: posted - pending_out.'),
  ]),
};

const snapshot = plainRecords.get('Snapshot')!;

export const READ: OperationByName = {
  ...ONE,
  name: 'read',
  number: Operation.get_snapshot,
  about: 'Reads show one snapshot from here on: the present state, or the one that is given; `now` ends that.',
  event: snapshot,
  reply: snapshot,
};
