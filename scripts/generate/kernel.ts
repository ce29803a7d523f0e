/** Prints the constants of the kernel, in AssemblyScript. */
import { changeEventsMax, enums, eventsMax, operations, type RecordSchema, records } from '../../src/model/schema.ts';
import type { EnumSchema } from '../../src/model/schema-enums.ts';
import { printKernelLayouts, printKernelProofs } from './kernel-layouts.ts';
import { allEnums, constant, header, isZero, laidOut } from './shared.ts';

/** Records that the kernel reads by their fields' names. */
const IN_MEMORY: readonly string[] = ['Account', 'Transfer', 'QueryFilter'];

const hex = (value: number): string => (value > 0xffff ? `0x${value.toString(16)}` : String(value));

export function printKernel(): string {
  const layouts = records.map((record) => {
    const name = constant(record.name);
    const fields = laidOut(record)
      .filter(({ field }) => !isZero(field))
      .map(({ field, offset }) => `export const ${name}_${field.name.toUpperCase()}: usize = ${offset};`);
    return `// ${record.name}: byte offsets\nexport const ${name}_SIZE: usize = ${record.size};\n${fields.join('\n')}\n`;
  });
  const classes = records.filter(({ name }) => IN_MEMORY.includes(name)).map(printClass);
  const statuses = allEnums.filter(({ name }) => name.endsWith('Status')).map(printEnum);
  const numbers = allEnums.map(({ name, constant: prefix, kind, members }) => {
    const lines = members
      .filter((member) => kind !== 'flags' || member.value !== 0)
      .map((member) => `export const ${prefix}_${member.name.toUpperCase()}: u32 = ${hex(member.value)};`);
    if (kind === 'flags') {
      const unused = members.reduce((mask, member) => (mask & ~member.value) >>> 0, 0xffff_ffff);
      lines.push(`/** Bits without a meaning: they must be zero. Those of u16 flags lie in its low half. */`);
      lines.push(`export const ${prefix}S_RESERVED: u32 = ${hex(unused)};`);
    }
    return `// ${name}\n${lines.join('\n')}\n`;
  });
  const sizes = operations
    .filter((item) => item.event !== '')
    .map((item) => {
      const sizeName = (record: string): string => (record === 'id' ? 'ID_SIZE' : `${constant(record)}_SIZE`);
      return `export const ${item.name.toUpperCase()}_EVENT_SIZE: usize = ${sizeName(item.event)};
export const ${item.name.toUpperCase()}_REPLY_SIZE: usize = ${sizeName(item.reply)};`;
    });
  return `${header}/** The same bit in accounts and in transfers. */
export const FLAG_LINKED: u32 = 1;
export const EVENTS_MAX: u32 = ${eventsMax};
export const CHANGE_EVENTS_MAX: u32 = ${changeEventsMax};
export const ID_SIZE: usize = 16;

${layouts.join('\n')}
// Operations: sizes of one event and of one item of the reply
${sizes.join('\n')}

${numbers.join('\n')}
${classes.join('\n')}
${statuses.join('\n')}
${printTransient()}
${printKernelLayouts('machine')}
/** Does nothing when it runs. */
@inline export function provePlaces(): void {
${records
  .filter(({ name }) => IN_MEMORY.includes(name))
  .map(printProof)
  .join('\n')}
${printKernelProofs('machine')}
}
`;
}

function printTransient(): string {
  const { name, members } = enums.find((item) => item.name === 'CreateTransferStatus')!;
  const cases = members.filter(({ transient }) => transient).map((member) => `    case ${name}.${member.name}:`);
  return `/** Statuses that depend on the moment, not on the event: they burn the transfer's id. */
@inline export function isTransient(status: ${name}): bool {
  switch (status) {
${cases.join('\n')}
      return true;
    default:
      return false;
  }
}
`;
}

const fieldsInMemory = (record: RecordSchema): ReturnType<typeof laidOut> =>
  laidOut(record).filter(({ field }) => !isZero(field));

/** A record where it lies: a value of the class is its address. A u128 is two halves, the low one first. */
function printClass(record: RecordSchema): string {
  const lines = fieldsInMemory(record).flatMap(({ field: { name, type } }) =>
    type === 'u128' ? [`${name}_lo: u64;`, `${name}_hi: u64;`] : [`${name}: ${type};`],
  );
  return `/** ${record.about} */\n@unmanaged export class ${record.name} {\n  ${lines.join('\n  ')}\n}\n`;
}

/** What the compiler makes of the classes must be where the records' fields are; proved while it compiles. */
function printProof(record: RecordSchema): string {
  return fieldsInMemory(record)
    .map(({ field: { name, type }, offset }) => {
      const place = `offsetof<${record.name}>("${type === 'u128' ? `${name}_lo` : name}")`;
      return `  if (${place} != ${offset}) ERROR("${record.name}.${name} is not at ${offset}");`;
    })
    .join('\n');
}

/** Statuses as the kernel returns them; \`created\` is what everything else speaks against. */
function printEnum({ name, members }: EnumSchema): string {
  const lines = members.map((member) => `${member.name} = ${member.value | 0},`);
  return `// As i32: \`created\` is -1.\nexport const enum ${name} {\n  ${lines.join('\n  ')}\n}\n`;
}
