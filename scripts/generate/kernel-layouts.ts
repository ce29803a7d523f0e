/**
 * Prints the layouts of formats for kernels: constants and classes, and a proof that the compiler puts fields there.
 */
import { type KernelRoom, type LayoutSchema, layoutConstants, layoutEnums, layouts } from '../../src/model/layouts.ts';
import type { EnumSchema } from '../../src/model/schema-enums.ts';
import { fieldsOf, type Place, placesOf } from './places.ts';
import { constant } from './shared.ts';

/** Names of numbers that a kernel reads. */
const NAMES: { readonly [room in KernelRoom]: readonly string[] } = {
  base: [],
  machine: ['EntryKind', 'EventMark', 'Column', 'BeforeSection', 'ColdAnswer'],
  projector: [],
};

const layoutsOf = (room: KernelRoom): readonly LayoutSchema[] =>
  layouts.filter(({ kernels }) => kernels?.includes(room) === true);

/** What the kernels of several rooms share. */
export function printBaseKernel(): string {
  return `// Printed by scripts/generate.ts from src/model/layouts.ts: change that, then \`npm run generate\`.

${printKernelLayouts('base').trim()}
`;
}

export function printProjectorKernel(): string {
  return `// Printed by scripts/generate.ts from src/model/layouts.ts: change that, then \`npm run generate\`.

${printKernelLayouts('projector')}
/** Does nothing when it runs. */
// @ts-ignore: decorator
@inline
export function provePlaces(): void {
${printKernelProofs('projector')}
}
`;
}

export function printKernelLayouts(room: KernelRoom): string {
  const constants = layoutConstants
    .filter(({ kernels }) => kernels?.includes(room) === true)
    .map(({ name, value, about, type }) => `/** ${about} */\nexport const ${name}: ${type} = ${literal(value)};`);
  const names = layoutEnums.filter(({ name }) => NAMES[room].includes(name)).map(printNames);
  const classes = layoutsOf(room).filter(({ words }) => words !== true);
  return `${constants.join('\n')}

${layoutsOf(room).map(printOffsets).join('\n')}
${names.join('\n')}
${classes.map(printClass).join('\n')}`;
}

/** Statements that stop the compiler where a class is not laid out as its description says. */
export function printKernelProofs(room: KernelRoom): string {
  return layoutsOf(room)
    .filter(({ words }) => words !== true)
    .flatMap((layout) => fieldsOf(layout).map((place) => printProof(layout.name, place)))
    .join('\n');
}

const literal = (value: number | bigint): string => (value > 0xffff ? `0x${value.toString(16)}` : String(value));

function printOffsets(layout: LayoutSchema): string {
  const name = constant(layout.name);
  const fields = fieldsOf(layout).map(
    ({ field, offset }) => `export const ${name}_${field.name.toUpperCase()}: usize = ${offset};`,
  );
  return `// ${layout.name}: byte offsets\nexport const ${name}_SIZE: usize = ${layout.size};\n${fields.join('\n')}\n`;
}

function printNames({ name, constant: prefix, members }: EnumSchema): string {
  const lines = members.map(
    (member) => `export const ${prefix}_${member.name.toUpperCase()}: u32 = ${literal(member.value)};`,
  );
  return `// ${name}\n${lines.join('\n')}\n`;
}

/** A value of the class is its address. A u128 is two halves, the low one first; what is no number fills its place. */
function printClass(layout: LayoutSchema): string {
  const lines = placesOf(layout).flatMap(({ field, offset, size }) => {
    if (field.name === '' || field.count !== undefined) return filling(offset, size);
    return field.type === 'u128'
      ? [`${field.name}_lo: u64;`, `${field.name}_hi: u64;`]
      : [`${field.name}: ${field.type};`];
  });
  const heritage = layout.extends === undefined ? '' : ` extends ${layout.extends}`;
  return `/** ${layout.about} */\n@unmanaged export class ${layout.name}${heritage} {\n  ${lines.join('\n  ')}\n}\n`;
}

function filling(offset: number, size: number): string[] {
  const lines: string[] = [];
  for (let at = offset; at < offset + size; ) {
    const bytes = [8, 4, 2, 1].find((some) => at % some === 0 && at + some <= offset + size)!;
    lines.push(`_${at}: u${bytes * 8};`);
    at += bytes;
  }
  return lines;
}

function printProof(name: string, { field, offset, size }: Place): string {
  if (field.count !== undefined) {
    return `  if (offsetof<${name}>("_${offset}") != ${offset}) ERROR("${name}.${field.name} is not at ${offset}");`;
  }
  const place = `offsetof<${name}>("${size === 16 ? `${field.name}_lo` : field.name}")`;
  return `  if (${place} != ${offset}) ERROR("${name}.${field.name} is not at ${offset}");`;
}
