/** Records for eyes: a row each, or upright where that is too wide. */
import type { RecordSchema } from '../model/index.ts';
import { moment, type Plain, plainNames, plainRecord } from './plain.ts';
import { plural, table } from './print.ts';

/** Columns that are zero in every record are left out, moments are dates. `width`: columns of the terminal. */
export function recordTable(schema: RecordSchema, records: readonly object[], width: number): string {
  if (records.length === 0) return '';
  const plain = records.map((record) => plainRecord(schema, record));
  const names = plainNames(schema);
  const shown = names.filter((name, index) => index === 0 || plain.some((record) => !isEmpty(record[name]!)));
  const numeric = new Set(names.filter((name) => !name.endsWith('timestamp') && !Array.isArray(plain[0]![name])));
  const rows = plain.map((record) => shown.map((name) => cell(name, record[name]!)));
  const wide = table(
    shown.map((title) => ({ title, align: numeric.has(title) && title !== 'type' ? 'right' : 'left' })),
    rows,
  );
  const fits = Math.max(...wide.split('\n').map(visibleLength)) <= width;
  if (fits) return records.length > 1 ? `${wide}\n${plural(records.length, 'row')}` : wide;
  const longest = Math.max(...shown.map((name) => name.length));
  const upright = rows.map((row) => row.map((text, index) => `${shown[index]!.padEnd(longest)}  ${text}`).join('\n'));
  return `${upright.join('\n\n')}${records.length > 1 ? `\n\n${plural(records.length, 'row')}` : ''}`;
}

function isEmpty(value: Plain): boolean {
  return value === '0' || value === 0 || (typeof value === 'object' && value.length === 0);
}

function cell(name: string, value: Plain): string {
  if (typeof value === 'object') return value.join('|');
  return name.endsWith('timestamp') ? moment(BigInt(value)) : String(value);
}

/** Without colours. */
function visibleLength(line: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
  return line.replaceAll(/\u001b\[[0-9;]*m/g, '').length;
}
