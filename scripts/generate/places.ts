/** Where the fields of a layout lie. */
import { assert } from '../../src/base/index.ts';
import { type LayoutField, type LayoutSchema, type LayoutType, layouts } from '../../src/model/layouts.ts';
import { records } from '../../src/model/schema.ts';

const sizes: Record<LayoutType, number> = { u128: 16, u64: 8, i64: 8, f64: 8, u32: 4, i32: 4, u16: 2, u8: 1 };

export interface Place {
  readonly field: LayoutField;
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** Fields with their byte offsets, zeros included; proves that they fit and that each is aligned. */
export function placesOf(layout: LayoutSchema): Place[] {
  let offset = layout.extends === undefined ? 0 : records.find(({ name }) => name === layout.extends)!.size;
  const places = layout.fields.map((field) => {
    const at = offset;
    // A u128 is two halves.
    assert(at % Math.min(8, sizes[field.type]) === 0, `${layout.name}.${field.name} is aligned`);
    const size = sizes[field.type] * (field.count ?? 1);
    offset += size;
    return { field, offset: at, size };
  });
  assert(offset <= layout.size, `${layout.name} is ${layout.size} bytes, not ${offset}`);
  return places;
}

/** The same without the zeros. */
export const fieldsOf = (layout: LayoutSchema): Place[] => placesOf(layout).filter(({ field }) => field.name !== '');

export function layoutOf(name: string): LayoutSchema {
  const found = layouts.find((layout) => layout.name === name);
  assert(found !== undefined, `there is a layout ${name}`);
  return found;
}

/** `checksum_body` -> `checksumBody`. */
export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** 0x594c4c54 -> `TLLY`, as a file begins. */
export function magicText(magic: number): string {
  return Buffer.from(Uint32Array.of(magic).buffer).toString('latin1');
}
