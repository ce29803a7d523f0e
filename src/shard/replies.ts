/** Records to the bytes of a reply, as the schema lays them out. */
import { Cells, type FieldType, putU128, type RecordSchema, recordSchemas } from '../model/index.ts';

const SIZES: { readonly [type in FieldType]: number } = { u128: 16, u64: 8, u32: 4, u16: 2, u8: 1 };

/** Packed, one behind the other. */
export function packed(record: string, all: readonly object[]): Cells {
  const schema = recordSchemas.find(({ name }) => name === record)!;
  const cells = Cells.of(all.length * schema.size);
  for (const [index, one] of all.entries()) {
    put(cells, index * schema.size, schema, one as Readonly<Record<string, bigint | number | undefined>>);
  }
  return cells;
}

function put(
  cells: Cells,
  from: number,
  { fields }: RecordSchema,
  record: Readonly<Record<string, bigint | number | undefined>>,
): void {
  const { view } = cells;
  let at = from;
  for (const { name, type, bytes } of fields) {
    const value = record[name] ?? 0;
    if (bytes !== undefined) at += bytes;
    else {
      if (type === 'u128') putU128(cells, at, BigInt(value), name);
      else if (type === 'u64') view.setBigUint64(at, BigInt(value), true);
      else if (type === 'u32') view.setUint32(at, Number(value), true);
      else if (type === 'u16') view.setUint16(at, Number(value), true);
      else view.setUint8(at, Number(value));
      at += SIZES[type];
    }
  }
}
