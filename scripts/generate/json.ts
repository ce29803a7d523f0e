/** Prints how records are spelled as JSON, with examples by the code that spells them. */
import { AccountFlags, CreateTransferStatus, PendingState, recordSchemas } from '../../src/model/index.ts';
import { objectToJson, plainRecords } from '../../src/wire/index.ts';

const notice = '<!-- Printed by scripts/generate.ts from src/model: change that, then `npm run generate`. -->\n';

const NOON = 1_769_860_800_000_000_001n;
const account = {
  id: 1n,
  debits_pending: 0n,
  debits_posted: 1250n,
  credits_pending: 0n,
  credits_posted: 0n,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  ledger: 840,
  code: 100,
  flags: AccountFlags.debits_must_not_exceed_credits | AccountFlags.history,
  timestamp: NOON,
};
const pending = {
  id: 7n,
  amount: 500n,
  amount_posted: 0n,
  ended_by: 0n,
  timestamp: NOON,
  expires_at: NOON + 3_600_000_000_000n,
  ended_at: 0n,
  ledger: 840,
  state: PendingState.open,
};
const result = { timestamp: NOON, status: CreateTransferStatus.created };

/** A member a line. */
function example(record: string, object: object): string {
  return JSON.stringify(JSON.parse(objectToJson(plainRecords.get(record)!, object)), null, 2);
}

function times(): string {
  const rows = recordSchemas.flatMap(({ name, fields }) => {
    const of = fields.filter(({ time }) => time === true).map((field) => `\`${field.name}_iso\``);
    return of.length === 0 ? [] : [`| ${name} | ${of.join(', ')} |`];
  });
  return ['| record | dates |', '|---|---|', ...rows].join('\n');
}

export function printJson(): string {
  return `${notice}
# Records as JSON

HTTP, the change feed, exports, archives, the prompt (\`--json\`) and \`inspect --json\` spell a
[record](records.md) in one way. An account, the result of a create, and a pending transfer:

\`\`\`json
${example('Account', account)}
${example('CreateTransferResult', result)}
${example('PendingTransfer', pending)}
\`\`\`

| value | spelled | because |
|---|---|---|
| 128 and 64 bits: ids, amounts, times | decimal text | parsers round numbers above 2^53 |
| 32 bits and less | a number | |
| flags | the names of those that are set, from the lowest bit up; \`[]\` for none | a reader needs no table |
| statuses, states, kinds of events | the name | the same |
| a bit or a number that has no name in this version | its decimal text, in the place of the name | a newer server may know it |
| times | nanoseconds since the epoch, and beside them the date and time in UTC, with nine digits | programs count with the one, people read the other |
| a time of zero | \`"0"\`, without a date | there is no such time |
| \`reserved\` | left out | it is zero |

MessagePack spells them alike, without the dates. CSV has the same columns, flags with \`|\` between them, and an empty
cell where there is no date. gRPC has the types of [its .proto file](../guides/grpc.md).

## What is read

Whatever is printed above is read back. Requests may also give:

| value | other forms |
|---|---|
| 128 and 64 bits | a whole number up to 2^53 - 1, \`0x\` text; ids also a UUID; in MessagePack any whole number, and 16 bytes, most significant first |
| flags | the number, or the names with \`\\|\` between them |
| times | the date alone (RFC 3339, any zone): \`timestamp_iso\` in place of \`timestamp\`; if both are there, they must be the same time |
| \`reserved\` | \`0\` |

Absence is not zero: a transfer must have an \`amount\` unless it is a void. \`null\`, unknown fields, fields that are there
twice, fractions, exponents and \`-0\` are refused with \`invalid_argument\`, which names the place:
\`events[3].amount is missing\`.

## Dates

${times()}
`;
}
