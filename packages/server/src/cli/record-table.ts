/** Records for eyes: a row each, or upright where that is too wide. */
import { type PlainRecord, type PlainValue, plainObject } from 'tallystick/internal/wire';
import { moment, plural, table } from './print.ts';

/** Columns that are zero in every record are left out, moments are dates. `width`: columns of the terminal. */
export function recordTable(record: PlainRecord, objects: readonly object[], width: number): string {
  if (objects.length === 0) return '';
  const plain = objects.map((object) => plainObject(record, object));
  const names = record.meaningful.map(({ name }) => name);
  const shown = names.filter((name, index) => index === 0 || plain.some((one) => !isEmpty(one[name]!)));
  const numeric = new Set(names.filter((name) => !name.endsWith('timestamp') && !Array.isArray(plain[0]![name])));
  const rows = plain.map((one) => shown.map((name) => cell(name, one[name]!)));
  const wide = table(
    shown.map((title) => ({ title, align: numeric.has(title) && title !== 'type' ? 'right' : 'left' })),
    rows,
  );
  const fits = Math.max(...wide.split('\n').map(visibleLength)) <= width;
  if (fits) return objects.length > 1 ? `${wide}\n${plural(objects.length, 'row')}` : wide;
  const longest = Math.max(...shown.map((name) => name.length));
  const upright = rows.map((row) => row.map((text, index) => `${shown[index]!.padEnd(longest)}  ${text}`).join('\n'));
  return `${upright.join('\n\n')}${objects.length > 1 ? `\n\n${plural(objects.length, 'row')}` : ''}`;
}

function isEmpty(value: PlainValue): boolean {
  return value === '0' || value === 0 || (typeof value === 'object' && value.length === 0);
}

function cell(name: string, value: PlainValue): string {
  if (typeof value === 'object') return value.join('|');
  return name.endsWith('timestamp') ? moment(BigInt(value)) : String(value);
}

/** Without colours. */
function visibleLength(line: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
  return line.replaceAll(/\u001b\[[0-9;]*m/g, '').length;
}
