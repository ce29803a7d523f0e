/** Prints the records as interfaces: complete as the ledger returns them, and with defaults as callers may send them. */
import { type FieldSchema, records } from '../../src/model/schema.ts';
import { allEnums, header, inputs, isZero } from './shared.ts';

const outputType = (field: FieldSchema): string => {
  if (field.of !== undefined && allEnums.find((item) => item.name === field.of)!.kind !== 'flags') return field.of;
  return field.type === 'u128' || field.type === 'u64' ? 'bigint' : 'number';
};

const inputType = (field: FieldSchema): string => (field.uuid ? 'Id' : outputType(field));

const defaultOf = (field: FieldSchema): string => {
  if (field.required) return '';
  if (field.of === 'AccountFilterFlags') return ' Default: debits and credits.';
  return ` Default: ${field.preset ?? 'zero'}.`;
};

export function printTypes(): string {
  const used = new Set(
    records.flatMap((record) => record.fields.map(outputType)).filter((type) => type !== 'bigint' && type !== 'number'),
  );
  const text = records.map((record) => {
    const fields = record.fields.filter((field) => !isZero(field) && !field.untyped);
    const output = fields.map((field) => `  /** ${field.about} */\n  ${field.name}: ${outputType(field)};`);
    const input = fields.map(
      (field) =>
        `  /** ${field.about}${defaultOf(field)} */\n  ${field.name}${field.required ? '' : '?'}: ${inputType(field)}${field.required ? '' : ' | undefined'};`,
    );
    const interfaces = [`/** ${record.about} */\nexport type ${record.name} = {\n${output.join('\n')}\n};\n`];
    if (inputs(record)) {
      interfaces.push(
        `/** ${record.about} As callers may give it. */\nexport type ${record.name}Input = {\n${input.join('\n').replaceAll('  ', '  readonly ').replaceAll('readonly /**', '/**')}\n};\n`,
      );
    }
    return interfaces.join('\n');
  });
  return `${header}import type { ${[...used].sort().join(', ')} } from './enums.ts';

/** A u128: a bigint, or the text of a UUID, such as \`'01890a5d-ac96-774b-bcce-b302099a8057'\`. */
export type Id = bigint | string;

${text.join('\n')}`;
}
