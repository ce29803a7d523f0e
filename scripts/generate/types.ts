/**
 * Prints the records as interfaces: complete as the ledger returns them, and with defaults as callers may send them.
 */
import { type FieldSchema, type RecordSchema, records } from '../../src/model/schema.ts';
import { allEnums, header, inputs, isZero } from './shared.ts';

const outputType = (field: FieldSchema): string => {
  if (field.of !== undefined && allEnums.find((item) => item.name === field.of)!.kind !== 'flags') return field.of;
  return field.type === 'u128' || field.type === 'u64' ? 'bigint' : 'number';
};

const inputType = (field: FieldSchema): string => (field.uuid ? 'Id' : outputType(field));

const defaultOf = (field: FieldSchema): string => {
  if (field.required) return '';
  if (field.requiredUnless !== undefined) return ' Must be said: what is left out is not zero.';
  if (field.of === 'AccountFilterFlags') return ' Default: debits and credits.';
  return ` Default: ${field.preset ?? 'zero'}.`;
};

/** In one line of a field, or in two. */
const comment = (text: string): string => {
  const line = `  /** ${text} */`;
  if (line.length <= 120) return line;
  const end = text.lastIndexOf(' ', 114);
  return `  /**\n   * ${text.slice(0, end)}\n   * ${text.slice(end + 1)}\n   */`;
};

const inputField = (field: FieldSchema, must: boolean): string =>
  `${comment(`${field.about}${defaultOf(field)}`)}\n  readonly ${field.name}${must ? '' : '?'}: ${inputType(field)}${must ? '' : ' | undefined'};`;

/**
 * The event that need not say the field, and either of the two. Flags add up to a number, so that a type sees a flag
 * only where it stands alone. The common event is no union: `{ ...event, flags }` is one as well.
 */
const unlessOf = (record: RecordSchema): string => {
  const field = record.fields.find(({ requiredUnless }) => requiredUnless !== undefined);
  if (field === undefined) return '';
  const flags = record.fields.find(({ name }) => name === 'flags')!;
  const members = allEnums.find(({ name }) => name === flags.of)!.members;
  const { name, value } = members.find(({ name }) => name === field.requiredUnless)!;
  return `
/** \`${flags.of}.${name}\` and no other flag: all of it is released, so no ${field.name} need be said. */
export type VoidInput = Omit<${record.name}Input, '${field.name}' | 'flags'> & {
  readonly flags: ${value};
  readonly ${field.name}?: ${inputType(field)} | undefined;
};

/** Any ${record.name.toLowerCase()} that may be sent: one that says its ${field.name}, or a void. */
export type Any${record.name}Input = ${record.name}Input | VoidInput;
`;
};

export function printTypes(): string {
  const used = new Set(
    records.flatMap((record) => record.fields.map(outputType)).filter((type) => type !== 'bigint' && type !== 'number'),
  );
  const text = records.map((record) => {
    const fields = record.fields.filter((field) => !isZero(field) && !field.untyped);
    const output = fields.map((field) => `  /** ${field.about} */\n  ${field.name}: ${outputType(field)};`);
    const isRequired = ({ required, requiredUnless }: FieldSchema): boolean =>
      (required ?? requiredUnless) !== undefined;
    const input = fields.map((field) => inputField(field, isRequired(field)));
    const interfaces = [`/** ${record.about} */\nexport type ${record.name} = {\n${output.join('\n')}\n};\n`];
    if (inputs(record)) {
      interfaces.push(
        `/** ${record.about} As callers may give it. */\nexport type ${record.name}Input = {\n${input.join('\n')}\n};\n${unlessOf(record)}`,
      );
    }
    return interfaces.join('\n');
  });
  return `${header}import type { ${[...used].sort().join(', ')} } from './enums.ts';

/** A u128: a bigint, or the text of a UUID, such as \`'01890a5d-ac96-774b-bcce-b302099a8057'\`. */
export type Id = bigint | string;

${text.join('\n')}`;
}
