/** What the printers have in common. */
import { assert } from '../../src/base/index.ts';
import { enums, type FieldSchema, type FieldType, operations, type RecordSchema } from '../../src/model/schema.ts';
import type { EnumSchema } from '../../src/model/schema-enums.ts';

export const header: string =
  '// Printed by scripts/generate.ts from src/model/schema.ts: change that, then `npm run generate`.\n\n';

const sizes: Record<FieldType, number> = { u128: 16, u64: 8, u32: 4, u16: 2, u8: 1 };

export function sizeOf(field: FieldSchema): number {
  return field.bytes ?? sizes[field.type];
}

/** Fields with their byte offsets; proves that they fill the record and that each is aligned. */
export function laidOut(record: RecordSchema): { field: FieldSchema; offset: number }[] {
  let offset = 0;
  const fields = record.fields.map((field) => {
    const at = offset;
    assert(at % sizes[field.type] === 0, `${record.name}.${field.name} is aligned`);
    offset += sizeOf(field);
    return { field, offset: at };
  });
  assert(offset === record.size, `${record.name} is ${record.size} bytes, not ${offset}`);
  return fields;
}

export const operationEnum: EnumSchema = {
  name: 'Operation',
  constant: 'OPERATION',
  kind: 'kind',
  about: 'The operation of a request.',
  members: operations.map(({ name, number, about }) => ({ name, value: number, about })),
};

export const allEnums: readonly EnumSchema[] = [...enums, operationEnum];

/** `AccountFilter` -> `ACCOUNT_FILTER`. */
export function constant(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase();
}

export const inputs = (record: RecordSchema): boolean => record.way !== 'out';
export const isZero = (field: FieldSchema): boolean => field.bytes !== undefined;

/** What may be sent of it: not every event must say a field that one flag makes superfluous. */
export const inputOf = ({ name, fields }: RecordSchema): string =>
  `${fields.some(({ requiredUnless }) => requiredUnless !== undefined) ? 'Any' : ''}${name}Input`;
