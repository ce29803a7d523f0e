/** Prints the reference tables. */
import { errorTable } from '../../src/model/errors.ts';
import { enums, type FieldSchema, operations, records } from '../../src/model/schema.ts';
import { isZero, laidOut, sizeOf } from './shared.ts';

const notice = '<!-- Printed by scripts/generate.ts from src/model: change that, then `npm run generate`. -->\n';

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
};

const typeOf = (field: FieldSchema): string => (isZero(field) ? `${field.bytes} bytes` : field.type);

export function printRecords(): string {
  const recordTables = records.map((record) => {
    const rows = laidOut(record).map(({ field, offset }) => [
      String(offset),
      String(sizeOf(field)),
      `\`${field.name}\``,
      typeOf(field),
      field.of === undefined ? field.about : `${field.about} See [${field.of}](${anchorOf(field.of)}).`,
    ]);
    return `## ${record.name}\n\n${record.about} ${record.size} bytes.\n\n${table(['offset', 'size', 'field', 'type', 'meaning'], rows)}\n`;
  });
  const flagTables = enums
    .filter((item) => item.kind !== 'status')
    .map((item) => {
      const rows = item.members.map((member) => [`\`${member.name}\``, String(member.value), member.about]);
      return `## ${item.name}\n\n${item.about}\n\n${table(['name', 'value', 'meaning'], rows)}\n`;
    });
  return `${notice}
# Records

Records are little-endian and packed, the same in memory, in the journal and on the wire. Fields of 128 and 64 bits are
\`bigint\`s, all others numbers. You may leave out every field of an event or a filter, except \`id\`, an account's
\`ledger\` and \`code\`, a transfer's \`amount\` and a filter's \`account_id\`; only a transfer that voids may leave its
\`amount\` out. Ids and \`user_data_128\` may also be given as the text of a UUID.

${[...recordTables, ...flagTables].join('\n')}`;
}

const anchorOf = (name: string): string => {
  const kind = enums.find((item) => item.name === name)!.kind;
  return `${kind === 'status' ? 'statuses.md' : ''}#${name.toLowerCase()}`;
};

export function printStatuses(): string {
  const tables = enums
    .filter((item) => item.kind === 'status')
    .map((item) => {
      const rows = item.members.map((member) => [
        `<a id="${item.name.toLowerCase()}-${member.name}"></a>\`${member.name}\``,
        String(member.value),
        member.transient ? 'yes' : '',
        member.about,
      ]);
      return `## ${item.name}\n\n${item.about}\n\n${table(['status', 'number', 'burns the id', 'meaning'], rows)}\n`;
    });
  return `${notice}
# Statuses

Every event of a request gets one status, in the order of the events. The ledger checks an event in the order of these
tables, and the first status that applies is the answer. A status that burns the id has a reason that may pass, so the
ledger remembers the failed attempt: from then on the id answers \`id_already_failed\`, and no transfer can use it. Try
again with a new id.

${tables.join('\n')}`;
}

export function printOperations(): string {
  const rows = operations.map((item) => [
    `\`${item.name}\``,
    String(item.number),
    item.event === 'id' ? 'u128' : item.event,
    item.reply,
    String(item.eventsMax),
    String(item.repliesMax),
    item.journalled ? 'yes' : '',
    item.about,
  ]);
  return `${notice}
# Operations

${table(['operation', 'number', 'event', 'reply', 'events at most', 'replies at most', 'journalled', 'what it does'], rows)}
`;
}

export function printErrors(): string {
  const rows = Object.entries(errorTable).map(([code, entry]) => [
    `<a id="${code}"></a>\`${code}\``,
    entry.retriable ? 'yes' : '',
    entry.about,
    entry.next,
  ]);
  return `${notice}
# Errors

These are the failures of the world around a ledger: disks, networks, other processes, arguments. Each is a
\`TallystickError\` with a stable \`code\`, \`retriable\` (may the same call succeed later, unchanged?), \`next\` (what to
do) and, where there is one, \`cause\`. An event that the ledger refuses is not an error but a [status](statuses.md). The
outcome of a call that failed without an answer is *unknown*. Send it again with the same ids: what was done answers
\`exists\` (a chain: [\`exists\`, then \`linked_event_failed\`](../concepts/answers.md#chains)).

${table(['code', 'retriable', 'what happened', 'what to do next'], rows)}
`;
}
