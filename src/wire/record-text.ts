/** Records as text a person can compare: names for numbers, flags spelled out, zero fields left out. */
import { Cells, getU128, Operation } from '../model/index.ts';
import { spelled } from './json.ts';
import { operationsByName } from './operations.ts';
import { type PlainField, readField } from './plain.ts';

/** Field by field, in the order in which they lie in memory; flags and statuses by name. */
export type TextFields = ReadonlyMap<string, string>;

/** The one record that lies in `bytes`: an event of `operation`, or an item of its reply. */
export function textFields(operation: Operation, part: 'event' | 'reply', bytes: Uint8Array): TextFields {
  const known = operationsByName.get(Operation[operation] ?? '');
  if (known === undefined) return new Map();
  const cells = Cells.copy(bytes);
  const record = known[part];
  if (record === undefined) return new Map([['id', String(getU128(cells, 0))]]);
  return new Map(record.fields.map((field) => [field.name, textOf(field, cells)]));
}

/** `id 3  amount 100  flags pending|linked`; fields that are zero are left out. */
export function recordLine(fields: TextFields): string {
  const parts = [...fields].filter(([, value]) => value !== '0' && value !== 'none');
  return parts.length === 0 ? '(all zero)' : parts.map(([field, value]) => `${field} ${value}`).join('  ');
}

function textOf(field: PlainField, cells: Cells): string {
  const value = readField(field, cells, 0);
  const text = spelled(field, value);
  if (typeof text === 'object') return text.length === 0 ? 'none' : text.join('|');
  return field.shown === undefined ? String(text) : `${text} (${value})`;
}
