/** Prints where each field lies, and how large events and replies are. */
import { changeEventsMax, eventsMax, operations, records } from '../../src/model/schema.ts';
import { constant, header, isZero, laidOut } from './shared.ts';

const sizeName = (record: string): string => {
  if (record === '') return '0';
  return record === 'id' ? 'ID_SIZE' : `${constant(record)}_SIZE`;
};

export function printLayout(): string {
  const offsets = records.map((record) => {
    const lines = laidOut(record)
      .filter(({ field }) => !isZero(field))
      .map(({ field, offset }) => `  ${field.name}: ${offset},`);
    return `/** Bytes. */
export const ${constant(record.name)}_SIZE = ${record.size};
/** Byte offsets of the fields of a {@link ${record.name}}. */
export const ${record.name}Offset = {\n${lines.join('\n')}\n} as const;\n`;
  });
  const shapes = operations.map(
    (item) => `  [Operation.${item.name}]: {
    eventSize: ${sizeName(item.event)},
    replySize: ${sizeName(item.reply)},
    eventsMax: ${item.eventsMax},
    repliesMax: ${item.repliesMax},
    journalled: ${item.journalled},
  },`,
  );
  return `${header}import { Operation } from './enums.ts';
import type { ${records
    .map((record) => record.name)
    .sort()
    .join(', ')} } from './types.ts';

/** Events in one request, and items in one reply, at most. */
export const EVENTS_MAX = ${eventsMax};
/** Change events in one reply, at most. */
export const CHANGE_EVENTS_MAX = ${changeEventsMax};
/** Bytes of a bare id, the event of a lookup. */
export const ID_SIZE = 16;

${offsets.join('\n')}
/** How the events and the reply of an operation lie in memory: packed, sizes in bytes. */
export interface OperationShape {
  readonly eventSize: number;
  readonly replySize: number;
  readonly eventsMax: number;
  readonly repliesMax: number;
  /** Changes the ledger, so it is written to the journal. */
  readonly journalled: boolean;
}

export const operationShapes: { readonly [operation in Operation]: OperationShape } = {
${shapes.join('\n')}
};
`;
}
