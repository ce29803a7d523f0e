/** Prints how records are written into and read out of memory. */
import { type FieldSchema, operations, type RecordSchema, records } from '../../src/model/schema.ts';
import { allEnums, constant, header, inputOf, inputs, isZero, laidOut } from './shared.ts';

const put = (record: RecordSchema): string => {
  const fields = laidOut(record);
  const named = fields.filter(({ field }) => !isZero(field)).map(({ field }) => field);
  const lines = fields.map(({ field, offset }) => {
    const at = offset === 0 ? 'at' : `at + ${offset}`;
    if (isZero(field)) return `  cells.bytes.fill(0, ${at}, at + ${offset + field.bytes!});`;
    const kind = field.uuid ? 'Id' : field.type.toUpperCase();
    const exact = field.type === 'u32' || field.type === 'u16' ? ', exact' : '';
    return `  put${kind}(cells, ${at}, ${writtenOf(field, record)}, '${field.name}'${exact});`;
  });
  const known = named.map(({ name }) => `'${name}'`).join(', ');
  return `const names${record.name} = new Names([${known}]);

/**
 * Writes one event at byte \`at\`; throws on the first field that cannot be written. \`exact\`: also on a name that
 * there is not and on a number that would wrap, which tigerbeetle-node lets pass.
 */
export function encode${record.name}(cells: Cells, at: number, event: ${inputOf(record)}, exact = true): void {
  if (event === undefined || event === null) throw invalid('${named[0]!.name} must be defined');
  if (exact) names${record.name}.check(event);
  const { ${named.map(withDefault).join(', ')} } = event;
${lines.join('\n')}
}
${isMany(record) ? many(record) : ''}`;
};

const isMany = ({ name }: RecordSchema): boolean =>
  operations.some(({ event, eventsMax }) => event === name && eventsMax > 1);

const many = (record: RecordSchema): string => `
/** Writes them packed from byte \`at\`. */
export function encode${record.name}s(cells: Cells, at: number, events: readonly ${inputOf(record)}[], exact = true): void {
  const count = events.length; // Once: a getter that grows the array must not write past the request.
  let index = 0;
  try {
    for (; index < count; index++) {
      encode${record.name}(cells, at + index * ${constant(record.name)}_SIZE, events[index]!, exact);
    }
  } catch (error) {
    throw exact ? atIndex(error, 'events', index) : error;
  }
}
`;

/** The expression that a field is written from. An amount that is left out is zero in a void alone. */
const writtenOf = (field: FieldSchema, record: RecordSchema): string => {
  if (field.requiredUnless === undefined) return field.name;
  const flags = allEnums.find(({ name }) => name === record.fields.find(({ name }) => name === 'flags')!.of)!;
  const exempt = flags.members.find(({ name }) => name === field.requiredUnless)!.value;
  return `${field.name} === undefined ? absentAmount(flags, ${exempt}, exact) : ${field.name}`;
};

const withDefault = (field: FieldSchema): string => {
  if (field.required || field.requiredUnless !== undefined) return field.name;
  const big = field.type === 'u128' || field.type === 'u64';
  return `${field.name} = ${field.preset ?? (big ? '0n' : '0')}`;
};

const get = (record: RecordSchema): string => {
  const lines = laidOut(record)
    .filter(({ field }) => !isZero(field))
    .map(({ field, offset }) => `    ${field.name}: ${reading(field, offset)},`);
  const type = record.fields.some((field) => field.untyped) ? `${record.name} & { reserved: number }` : record.name;
  return `/** Reads one from byte \`at\`. */
export function decode${record.name}(cells: Cells, at: number): ${type} {
  return {\n${lines.join('\n')}\n  };
}

/** Reads those that lie packed in \`size\` bytes from byte \`at\`. */
export function decode${record.name}s(cells: Cells, at: number, size: number): ${type.includes('&') ? `(${type})` : type}[] {
  const found = new Array<${type}>(size / ${constant(record.name)}_SIZE);
  for (let index = 0; index < found.length; index++) {
    found[index] = decode${record.name}(cells, at + index * ${constant(record.name)}_SIZE);
  }
  return found;
}
`;
};

const reading = (field: FieldSchema, offset: number): string => {
  const at = offset === 0 ? 'at' : `at + ${offset}`;
  const value = `get${field.type.toUpperCase()}(cells, ${at})`;
  const named = field.of !== undefined && allEnums.find((item) => item.name === field.of)!.kind !== 'flags';
  return named ? `${value} as ${field.of}` : value;
};

export function printCodec(): string {
  const sent = records.filter(inputs);
  const names = records.map((record) => record.name);
  const sizeNames = names.map((name) => `${constant(name)}_SIZE`).join(', ');
  const kinds = ['ChangeEventType', 'CreateAccountStatus', 'CreateTransferStatus', 'PendingState'];
  return `${header}import type { Cells } from '../cells.ts';
import { Names } from '../names.ts';
import {
  absentAmount,
  atIndex,
  getU8,
  getU16,
  getU32,
  getU64,
  getU128,
  invalid,
  putId,
  putU16,
  putU32,
  putU64,
  putU128,
} from '../scalars.ts';
import type { ${kinds.join(', ')} } from './enums.ts';
import { ID_SIZE, ${sizeNames} } from './layout.ts';
import type { Id, ${[...names, ...sent.map(inputOf)].sort().join(', ')} } from './types.ts';

/** Writes the ids of a lookup packed from byte \`at\`. */
export function encodeIds(cells: Cells, at: number, ids: readonly Id[], exact = true): void {
  const count = ids.length; // Once, as below.
  let index = 0;
  try {
    for (; index < count; index++) putId(cells, at + index * ID_SIZE, ids[index]!, exact ? 'id' : 'lookup');
  } catch (error) {
    throw exact ? atIndex(error, 'ids', index) : error;
  }
}

${sent.map(put).join('\n')}
${records.map(get).join('\n')}`;
}
