/** Records, statuses and problems as JSON Schema. */
import {
  type EnumSchema,
  enumSchemas,
  errorTable,
  type FieldSchema,
  type RecordSchema,
} from 'tallystick/internal/model';

export type Json = { readonly [key: string]: unknown };

const WIDE = {
  type: ['string', 'integer'],
  pattern: '^(\\d{1,39}|0x[0-9a-fA-F]{1,32})$',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
};
const UUID_PATTERN = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
/** A bare id. */
export const WIDE_ID: Json = { ...WIDE, pattern: `${WIDE.pattern}|^${UUID_PATTERN}$` };
const LIMITS: { readonly [type: string]: number } = { u8: 0xff, u16: 0xffff, u32: 0xffff_ffff };

export function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

export function inputName({ name, way }: RecordSchema): string {
  return way === 'in' ? name : `${name}Input`;
}

export function recordSchema(record: RecordSchema, input: boolean): Json {
  const fields = record.fields.filter(
    ({ name, bytes, untyped }) => bytes === undefined && untyped !== true && (input || name !== 'reserved'),
  );
  return {
    type: 'object',
    description: record.about,
    properties: Object.fromEntries(fields.flatMap((field) => properties(field, input))),
    required: fields.filter(({ required }) => !input || required === true).map(({ name }) => name),
    additionalProperties: false,
  };
}

function properties(field: FieldSchema, input: boolean): [string, Json][] {
  const own: [string, Json] = [field.name, fieldSchema(field, input)];
  if (field.time !== true) return [own];
  const description = input
    ? `The date and time of \`${field.name}\`, in its place or beside it.`
    : `The date and time of \`${field.name}\`, to the nanosecond; left out where that is zero.`;
  return [own, [`${field.name}_iso`, { type: 'string', format: 'date-time', description }]];
}

/** A field. Input has no `default`: programs that make clients of schemas take a field with one for required. */
export function fieldSchema(field: FieldSchema, input: boolean): Json {
  const unless = field.requiredUnless === undefined || !input ? '' : ' Must be there, except in a void.';
  const preset = field.preset === undefined || field.required === true || !input ? '' : ` ${field.preset} if left out.`;
  const description = `${field.about}${unless}${preset}`;
  const members = enumSchemas.find(({ name }) => name === field.of);
  if (field.type === 'u128' || field.type === 'u64') {
    if (!input) return { type: 'string', pattern: '^\\d{1,39}$', description };
    const pattern = field.uuid === true ? `${WIDE.pattern}|^${UUID_PATTERN}$` : WIDE.pattern;
    return { ...WIDE, pattern, description };
  }
  if (members !== undefined && members.kind !== 'flags') return ref(members.name);
  const number = { type: 'integer', minimum: 0, maximum: LIMITS[field.type] };
  if (members === undefined) return { ...number, description };
  const names = { enum: members.members.filter(({ value }) => value !== 0).map(({ name }) => name) };
  if (!input) return { type: 'array', items: names, description: `${description} ${bits(members)}` };
  const text = { type: 'string', description: 'Names with `|` between them.' };
  return {
    description: `${description} ${bits(members)}`,
    oneOf: [number, { type: 'array', items: names }, text],
  };
}

function bits({ members }: EnumSchema): string {
  return members
    .filter(({ value }) => value !== 0)
    .map(({ name, value }) => `${name} = ${value}`)
    .join(', ');
}

export function enumSchema({ about, members }: EnumSchema): Json {
  return { description: about, enum: members.map(({ name }) => name) };
}

export function problemSchema(): Json {
  return {
    type: 'object',
    description: 'RFC 9457.',
    properties: {
      type: { type: 'string', description: '`urn:tallystick:error:` and the code.' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string', description: 'A stable code.', examples: Object.keys(errorTable) },
      retriable: { type: 'boolean', description: 'Whether the same request may succeed later.' },
      next: { type: 'string', description: 'What to do next.' },
      leader: { type: 'string', description: 'With `not_leader`: the HTTP door of the node that leads, if known.' },
      retry_after_ms: { type: 'integer', description: 'Milliseconds after which to try again, if known.' },
    },
    required: ['type', 'title', 'status', 'detail', 'code', 'retriable', 'next'],
  };
}
