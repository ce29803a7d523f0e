/** Prints the constants of the kernel, in AssemblyScript. */
import { changeEventsMax, eventsMax, operations, records } from '../../src/model/schema.ts';
import { allEnums, constant, header, isZero, laidOut } from './shared.ts';

const hex = (value: number): string => (value > 0xffff ? `0x${value.toString(16)}` : String(value));

export function printKernel(): string {
  const layouts = records.map((record) => {
    const name = constant(record.name);
    const fields = laidOut(record)
      .filter(({ field }) => !isZero(field))
      .map(({ field, offset }) => `export const ${name}_${field.name.toUpperCase()}: usize = ${offset};`);
    return `// ${record.name}: byte offsets\nexport const ${name}_SIZE: usize = ${record.size};\n${fields.join('\n')}\n`;
  });
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

${numbers.join('\n')}`;
}
