/** Prints the layouts of formats for TypeScript: offsets, sizes, names of numbers, and a proof at import. */
import {
  type ConstantSchema,
  type LayoutSchema,
  layoutConstants,
  layoutEnums,
  layouts,
} from '../../src/model/layouts.ts';
import type { EnumSchema } from '../../src/model/schema-enums.ts';
import { camel, fieldsOf, magicText } from './places.ts';
import { constant } from './shared.ts';

const header = '// Printed by scripts/generate.ts from src/model/layouts.ts: change that, then `npm run generate`.\n\n';
const hex = (value: number): string =>
  `0x${value
    .toString(16)
    .padStart(8, '0')
    .replace(/^(....)/, '$1_')}`;

/** Reserved operations are known by their hexadecimal digits. */
const plain = (value: number): string =>
  value >= 0xff00 && value <= 0xffff ? `0x${value.toString(16)}` : String(value);

/** `EngineWord.cursor` counts words, `HeaderOffset.cell` bytes. */
const objectOf = ({ name, words }: LayoutSchema): string => (words === true ? name : `${name}Offset`);

export function printFormats(): string {
  return `${header}import { assert } from '../../base/index.ts';

${layoutConstants
  .filter(({ kernelsOnly }) => kernelsOnly !== true)
  .map(printConstant)
  .join('')}
${layouts.map(printLayout).join('\n')}
${layoutEnums.map(printNames).join('\n')}
/** Proves that fields follow one another, that each is aligned, and that all of them fit. */
function prove(
  name: string,
  size: number,
  offsets: object,
  sizes: readonly number[],
  alignments: readonly number[],
): void {
  let end = 0;
  for (const [index, [field, at]] of Object.entries<number>({ ...offsets }).entries()) {
    assert(at >= end, \`\${name}.\${field} lies behind the field before it\`);
    assert(at % alignments[index]! === 0, \`\${name}.\${field} is aligned\`);
    end = at + sizes[index]!;
  }
  assert(end <= size, \`the fields of \${name} fit its \${size} bytes\`);
}

${layouts.map(printProof).join('\n')}
`;
}

function printConstant({ name, value, about }: ConstantSchema): string {
  return `/** ${about} */\nexport const ${name} = ${typeof value === 'bigint' ? `${value}n` : plain(value)};\n`;
}

function printLayout(layout: LayoutSchema): string {
  const name = constant(layout.name);
  const { words, magic, version, about, size } = layout;
  const lines = fieldsOf(layout).map(({ field, offset }) => {
    const text = docOf(field.about);
    return `${text === '' ? '' : `  /** ${text} */\n`}  ${camel(field.name)}: ${words === true ? offset / 4 : offset},`;
  });
  const marks = [
    ...(magic === undefined ? [] : [`/** "${magicText(magic)}" */\nexport const ${name}_MAGIC = ${hex(magic)};`]),
    ...(version === undefined ? [] : [`export const ${name}_VERSION = ${version};`]),
  ];
  return `/** Bytes. */
export const ${name}_SIZE = ${size};
${marks.join('\n')}
/** ${about} ${words === true ? 'Words of 32 bits' : 'Byte offsets'}. */
export const ${objectOf(layout)} = {\n${lines.join('\n')}\n} as const;\n`;
}

/** Without the links of documents. */
const docOf = (about: string): string => about.replace(/\[(.*?)\]\(.*?\)/g, '$1');

function printNames({ name, about, members }: EnumSchema): string {
  const lines = members.map((member) => `  /** ${member.about} */\n  ${camel(member.name)}: ${plain(member.value)},`);
  return `/** ${about} */
export const ${name} = {\n${lines.join('\n')}\n} as const;
export type ${name} = (typeof ${name})[keyof typeof ${name}];
`;
}

/** Offsets are proved in bytes. */
function printProof(layout: LayoutSchema): string {
  const { name, words } = layout;
  const unit = words === true ? 4 : 1;
  const sizes = fieldsOf(layout).map(({ size }) => size / unit);
  // A u128 is two halves.
  const alignments = fieldsOf(layout).map(({ field, size }) => Math.min(8, size / (field.count ?? 1)) / unit);
  const size = `${constant(name)}_SIZE${words === true ? ' / 4' : ''}`;
  return `prove('${name}', ${size}, ${objectOf(layout)}, [${sizes.join(', ')}], [${alignments.join(', ')}]);`;
}
