/** What the prompt says about itself, all of it out of the schema. */
import { enumSchemas as enums, operationSchemas, recordSchemas as records } from 'tallystick/internal/model';
import { version } from 'tallystick/internal/platform';
import type { OperationByName } from 'tallystick/internal/wire';
import { fieldsOf, flagNames, operations } from './operations.ts';
import { BALANCE_AT, READ } from './own-verbs.ts';

const EXAMPLES: { readonly [operation: string]: readonly string[] } = {
  create_accounts: [
    'create_accounts id=1 code=10 ledger=700',
    'create_accounts id=2 code=10 ledger=700 flags=debits_must_not_exceed_credits|history, id=3 code=10 ledger=700',
    'create_accounts id=01890a5d-ac96-774b-bcce-b302099a8057 code=10 ledger=700',
  ],
  create_transfers: [
    'create_transfers id=id() debit_account_id=1 credit_account_id=2 amount=10 ledger=700 code=10',
    'create_transfers id=7 debit_account_id=1 credit_account_id=2 amount=10 ledger=700 code=10 flags=pending ' +
      'timeout=3600',
    'create_transfers id=id() pending_id=7 amount=AMOUNT_MAX flags=post_pending_transfer',
    'create_transfers id=8 debit_account_id=1 credit_account_id=2 amount=1 ledger=700 code=10 flags=linked, ' +
      'id=9 debit_account_id=2 credit_account_id=3 amount=1 ledger=700 code=10',
  ],
  lookup_accounts: ['lookup_accounts id=1', 'lookup_accounts id=1, id=2'],
  lookup_transfers: ['lookup_transfers id=7, id=8'],
  get_account_transfers: [
    'get_account_transfers account_id=2',
    'get_account_transfers account_id=2 flags=debits|reversed limit=10',
    'get_account_transfers account_id=2 timestamp_min=2025-01-01',
  ],
  get_account_balances: ['get_account_balances account_id=2'],
  query_accounts: ['query_accounts', 'query_accounts ledger=700 code=10 limit=20'],
  query_transfers: ['query_transfers flags=reversed limit=1', 'query_transfers user_data_64=42'],
  get_change_events: ['get_change_events timestamp_min=2025-01-01T12:00:00Z limit=100'],
  lookup_pendings: ['lookup_pendings id=7', 'lookup_pendings id=7, id=9'],
  search_transfers: [
    'search_transfers account_id=2 flags=open',
    'search_transfers account_id=1 counterparty_id=2 amount_min=1_000 amount_max=5_000',
    'search_transfers pending_id=7',
    'search_transfers account_id=2 flags=credits|reversed timestamp_min=2025-01-01 limit=10',
  ],
  sum_transfers: ['sum_transfers account_id=2', 'sum_transfers account_id=2 code=10 timestamp_min=2025-01-01'],
  lookup_accounts_at: ['lookup_accounts_at id=1 timestamp=2025-01-31T23:59:59.999999999Z'],
  get_snapshot: ['get_snapshot'],
  balance_at: ['balance_at id=1 timestamp=2025-01-31T23:59:59.999999999Z side=debit', 'balance_at id=2 side=credit'],
  read: ['read', 'read as_of=9 timestamp=8 transfers_timestamp=7 accounts_timestamp=5 op=3'],
};

const OVERVIEW = `
  OPERATION [key=value …] [, key=value …] [; OPERATION …]

Operations
${list([...operations.values()].map(({ name, about }) => [name, about]))}

Commands
${list([
  ['help OPERATION', 'Its fields, its flags, and examples.'],
  ['explain NAME', 'What a status, a flag, a field or an operation means.'],
  ['now', 'Reads show the present again, after `read`.'],
  ['exit', 'Leave; so do quit and Ctrl-D.'],
])}

Values
${list([
  ['42  4_200  0x2a  0o52  0b101010', 'Numbers.'],
  ['-0  -1  AMOUNT_MAX', 'The largest value of the field, one less than it, 2^128 - 1.'],
  ['id()', 'A new id.'],
  ['01890a5d-ac96-774b-bcce-b302099a8057', 'A UUID.'],
  ['2025-03-01T12:30:00.5Z', 'A moment, for timestamps.'],
  ['linked|pending', 'Flags.'],
])}

Examples
${Object.values(EXAMPLES)
  .map(([first]) => `  ${first}`)
  .join('\n')}
`;

/** The answer to `help`, or to `help TOPIC`; undefined when nothing is known of the topic. */
export function help(topic: string | undefined): string | undefined {
  if (topic === undefined) return `Tallystick ${version()}\n${OVERVIEW}`;
  const rule = operations.get(topic);
  return rule === undefined ? explanation(topic) : operationHelp(rule);
}

function operationHelp(rule: OperationByName): string {
  const fields = [...fieldsOf(rule).values()];
  const flagged = fields.filter(({ flags }) => flags !== undefined);
  return [
    rule.about,
    '',
    rule.single ? 'One object:' : `Up to ${rule.eventsMax} objects:`,
    fields.length === 0 ? '  It has no fields.' : list(fields.map(({ name, type, about }) => [name, type, about])),
    ...flagged.flatMap((field) => {
      const members = field.of!.members.filter(({ name }) => flagNames(field).includes(name));
      return ['', 'Flags', list(members.map(({ name, about }) => [name, about]))];
    }),
    '',
    'Examples',
    ...(EXAMPLES[rule.name] ?? []).map((example) => `  ${example}`),
    '',
  ].join('\n');
}

/** Everything that `explain` has a sentence for. */
export const explainable: readonly string[] = [
  ...new Set([
    ...enums.flatMap(({ members }) => members.map(({ name }) => name)),
    ...operations.keys(),
    ...[...operations.values()].flatMap((rule) => [...fieldsOf(rule).keys()]),
  ]),
].sort();

/** What the schema says about a name, or about a status's number; undefined when it says nothing. */
export function explanation(word: string): string | undefined {
  const found: [string, string, string][] = [];
  for (const { name: kind, members } of enums) {
    for (const { name, value, about, transient } of members) {
      if (name !== word && String(value) !== word) continue;
      const burnt = transient === true ? ' The id is burnt: a later use of it gives id_already_failed.' : '';
      found.push([`${kind}.${name}`, String(value), about + burnt]);
    }
  }
  for (const { name, number, about } of operationSchemas) {
    if (name === word || String(number) === word) found.push([`Operation.${name}`, String(number), about]);
  }
  for (const { name: verb, about, event } of [BALANCE_AT, READ]) {
    if (verb === word) found.push([verb, 'of the prompt', about]);
    const side = event!.byName.get(word);
    if (verb === BALANCE_AT.name && side !== undefined) found.push([`${verb}.${word}`, side.type, side.about]);
  }
  for (const { name: record, fields } of records) {
    for (const { name, type, about } of fields) {
      if (name === word && name !== 'reserved') found.push([`${record}.${name}`, type, about]);
    }
  }
  return found.length === 0 ? undefined : list(found);
}

/** Columns, two spaces between them. */
function list(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => `  ${row.map((text, column) => text.padEnd(widths[column]!)).join('  ')}`.trimEnd())
    .join('\n');
}
