/** Prints the tables of formats: where each field lies, and what numbers mean. */
import { type LayoutSchema, layoutEnums } from '../../src/model/layouts.ts';
import { markdownTable } from '../generate/markdown.ts';
import { layoutOf, magicText, type Place, placesOf } from '../generate/places.ts';
import type { Block, Printer } from './printer.ts';

const FORMATS = 'docs/internals/formats.md';
const PROTOCOL = 'docs/internals/native-protocol.md';

/** A table of a layout's fields. */
function fields(name: string): Printer {
  return () => {
    const layout = layoutOf(name);
    const twoWays = layout.fields.some(({ reply }) => reply !== undefined);
    const rows = rowsOf(layout).map(({ field, offset, size }) =>
      field.name === ''
        ? [String(offset), `${size} bytes`, '', 'zero', ...(twoWays ? ['zero'] : [])]
        : [
            String(offset),
            typeOf(field),
            field.name,
            meaning(layout, field.name, field.about),
            ...(twoWays ? [field.reply ?? ''] : []),
          ],
    );
    const heads = ['offset', 'type', 'field', ...(twoWays ? ['request', 'reply'] : ['meaning'])];
    return { note: '', text: markdownTable(heads, rows) };
  };
}

/** With the zeros behind the last field. */
function rowsOf(layout: LayoutSchema): Place[] {
  const places = placesOf(layout);
  const { offset, size } = places.at(-1)!;
  const end = offset + size;
  if (end === layout.size) return places;
  return [...places, { field: { name: '', type: 'u8', about: 'zero' }, offset: end, size: layout.size - end }];
}

function typeOf({ type, count }: Place['field']): string {
  return count === undefined ? type : `${type}[${count}]`;
}

function meaning({ magic, version }: LayoutSchema, name: string, about: string): string {
  if (name === 'magic' && magic !== undefined) return `0x${magic.toString(16)} ("${magicText(magic)}")`;
  const text = name === 'version' && version !== undefined ? [String(version), about] : [about];
  return text.filter((part) => part !== '').join('; ');
}

/** A table of names and numbers. */
function names(name: string): Printer {
  return () => {
    const { members } = layoutEnums.find((item) => item.name === name)!;
    const rows = members.map(({ name: member, value, about }) => [
      member,
      value > 0xfff ? `0x${value.toString(16)}` : String(value),
      about,
    ]);
    return { note: '', text: markdownTable(['name', 'number', 'meaning'], rows) };
  };
}

const block = (path: string, name: string, print: (name: string) => Printer): Block => [
  path,
  name[0]!.toLowerCase() + name.slice(1),
  print(name),
];

export const formats: readonly Block[] = [
  ...[
    ...['Header', 'Segment', 'SumsHead', 'Superblock', 'Witness', 'SnapshotHead', 'State', 'Pending', 'Before', 'Span'],
    ...['Control', 'RunHeader', 'SpanBlock', 'BatchPart', 'KeptHead', 'KeptSession', 'KeptReply', 'KeptRun'],
  ].map((name) => block(FORMATS, name, fields)),
  block(FORMATS, 'EntryKind', names),
  block(FORMATS, 'EventMark', names),
  ...['Frame', 'Welcome'].map((name) => block(PROTOCOL, name, fields)),
  block(PROTOCOL, 'FrameOperation', names),
];
