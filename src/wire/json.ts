/**
 * Records as JSON text, straight from wire bytes: u128 and u64 as decimal text in quotes, everything else as in {@link
 * readField}.
 */
import type { Cells } from '../model/index.ts';
import { type PlainRecord, readField } from './plain.ts';

/** The record at byte `at`. */
export function recordToJson(record: PlainRecord, cells: Cells, at: number): string {
  let text = '{';
  for (const field of record.fields) {
    const value = readField(field, cells, at);
    const comma = field.index === 0 ? '' : ',';
    text += typeof value === 'number' ? `${comma}"${field.name}":${value}` : `${comma}"${field.name}":"${value}"`;
  }
  return `${text}}`;
}

/** Characters of the longest that a record may be as JSON. */
export function jsonSizeMax(record: PlainRecord): number {
  let size = 2;
  for (const { name, type, shown } of record.fields) {
    const value = shown === undefined ? DIGITS[type] : Math.max(...[...shown.values()].map(({ length }) => length));
    size += name.length + value + 6;
  }
  return size;
}

const DIGITS = { u128: 39, u64: 20, u32: 10, u16: 5, u8: 3 } as const;

/** All records in `size` bytes at `at`, each on its own. */
export function recordsToJson(record: PlainRecord, cells: Cells, at: number, size: number): string[] {
  const texts: string[] = [];
  for (let from = at; from < at + size; from += record.size) texts.push(recordToJson(record, cells, from));
  return texts;
}
