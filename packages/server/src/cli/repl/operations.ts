/** What can be said at the prompt: every operation of the schema, and the fields of its objects. */
import { type OperationByName, operationsByName, type PlainField } from 'tallystick/internal/wire';
import { BALANCE_AT, READ } from './own-verbs.ts';

/** The one field of what looks things up. */
const ID: PlainField = {
  name: 'id',
  about: 'Of the one to look up.',
  type: 'u128',
  at: 0,
  index: 0,
  of: undefined,
  names: undefined,
  shown: undefined,
  flags: undefined,
  iso: undefined,
};

/** In the order in which TigerBeetle's help names them; what its client does not have comes last. */
const ORDER: readonly string[] = [
  'create_accounts',
  'create_transfers',
  'lookup_accounts',
  'lookup_transfers',
  'get_account_transfers',
  'get_account_balances',
  'query_accounts',
  'query_transfers',
  'get_change_events',
  'lookup_pendings',
  'search_transfers',
  'sum_transfers',
  'lookup_accounts_at',
  'get_snapshot',
];

export const operations: ReadonlyMap<string, OperationByName> = new Map([
  ...ORDER.map((name) => [name, operationsByName.get(name)!] as const),
  [BALANCE_AT.name, BALANCE_AT],
  [READ.name, READ],
]);

/** A snapshot is chosen by `read`, for all reads that belong together. */
const isAsked = (rule: OperationByName, { name }: PlainField): boolean => rule === READ || name !== 'as_of';

const fields: ReadonlyMap<string, ReadonlyMap<string, PlainField>> = new Map(
  [...operations.values()].map((rule) => [
    rule.name,
    new Map(
      (rule.event?.meaningful ?? [ID]).filter((field) => isAsked(rule, field)).map((field) => [field.name, field]),
    ),
  ]),
);

/** The fields of an operation's objects by name, in the order in which they lie in memory. */
export function fieldsOf({ name }: OperationByName): ReadonlyMap<string, PlainField> {
  return fields.get(name)!;
}

/** The flags of a field that may be named; `none` is the absence of all of them. */
export function flagNames({ flags }: PlainField): string[] {
  return flags === undefined ? [] : [...flags.values()].filter((name) => name !== 'none');
}
