/** Records for eyes: a row each, or upright where that is too wide. */
import { isoText } from 'tallystick/internal/base';
import { type PlainField, type PlainRecord, type PlainValue, spelled } from 'tallystick/internal/wire';
import { plural, table } from './print.ts';

/** Columns that are zero in every record are left out, moments are dates. `width`: columns of the terminal. */
export function recordTable(record: PlainRecord, objects: readonly object[], width: number): string {
  if (objects.length === 0) return '';
  const shown = record.meaningful.filter(
    (field, index) => index === 0 || objects.some((object) => !isEmpty(shownValue(field, object))),
  );
  const rows = objects.map((object) => shown.map((field) => cell(field, shownValue(field, object))));
  const wide = table(
    shown.map((field) => ({ title: field.name, align: isNumber(field) ? 'right' : 'left' })),
    rows,
  );
  const fits = Math.max(...wide.split('\n').map(visibleLength)) <= width;
  if (fits) return objects.length > 1 ? `${wide}\n${plural(objects.length, 'row')}` : wide;
  const longest = Math.max(...shown.map(({ name }) => name.length));
  const upright = rows.map((row) =>
    row.map((text, index) => `${shown[index]!.name.padEnd(longest)}  ${text}`).join('\n'),
  );
  return `${upright.join('\n\n')}${objects.length > 1 ? `\n\n${plural(objects.length, 'row')}` : ''}`;
}

function shownValue(field: PlainField, object: object): PlainValue {
  return spelled(field, (object as Readonly<Record<string, bigint | number>>)[field.name]!);
}

function isNumber({ iso, of }: PlainField): boolean {
  return iso === undefined && of === undefined;
}

function isEmpty(value: PlainValue): boolean {
  return value === '0' || value === 0 || (typeof value === 'object' && value.length === 0);
}

function cell({ iso }: PlainField, value: PlainValue): string {
  if (typeof value === 'object') return value.join('|');
  return iso === undefined || value === '0' ? String(value) : isoText(BigInt(value));
}

/** Without colours. */
function visibleLength(line: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
  return line.replaceAll(/\u001b\[[0-9;]*m/g, '').length;
}
