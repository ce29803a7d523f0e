/** What can be said at the prompt: every operation of the schema, the fields of its objects, their types and flags. */
import {
  type EnumSchema,
  enumSchemas as enums,
  type FieldType,
  type Operation,
  type OperationSchema,
  operationSchemas as operations,
  type RecordSchema,
  recordSchemas as records,
} from '../../model/index.ts';

export interface FieldRule {
  readonly name: string;
  readonly type: FieldType;
  readonly about: string;
  /** Its value is made of these flags, by name. */
  readonly flags: EnumSchema | undefined;
}

export interface OperationRule {
  readonly name: string;
  readonly number: Operation;
  readonly about: string;
  /** By name, in the order in which they lie in memory; without `reserved`. */
  readonly fields: ReadonlyMap<string, FieldRule>;
  /** Takes one object, a filter. */
  readonly single: boolean;
  readonly objectsMax: number;
  /** The record of an answer. */
  readonly reply: RecordSchema;
}

const ID: FieldRule = { name: 'id', type: 'u128', about: 'Of the one to look up.', flags: undefined };

function fieldsOf(event: string): FieldRule[] {
  if (event === 'id') return [ID];
  return records
    .find(({ name }) => name === event)!
    .fields.filter(({ name }) => name !== 'reserved')
    .map(({ name, type, about, of }) => ({ name, type, about, flags: enums.find((schema) => schema.name === of) }));
}

function rule({ name, number, about, event, reply, eventsMax }: OperationSchema): OperationRule {
  return {
    name,
    number: number as Operation,
    about,
    fields: new Map(fieldsOf(event).map((field) => [field.name, field])),
    single: eventsMax === 1,
    objectsMax: eventsMax,
    reply: records.find((record) => record.name === reply)!,
  };
}

/** In the order in which TigerBeetle's help names them; change events, which its client does not have, last. */
const ORDER: readonly string[] = [
  'create_accounts',
  'create_transfers',
  'lookup_accounts',
  'lookup_transfers',
  'get_account_transfers',
  'get_account_balances',
  'query_accounts',
  'query_transfers',
  'get_change_events',
];

export const operationRules: ReadonlyMap<string, OperationRule> = new Map(
  ORDER.map((name) => [name, rule(operations.find((schema) => schema.name === name)!)]),
);

/** The flags of a field that may be named; `none` is the absence of all of them. */
export function flagNames({ flags }: FieldRule): string[] {
  return flags === undefined ? [] : flags.members.map(({ name }) => name).filter((name) => name !== 'none');
}
