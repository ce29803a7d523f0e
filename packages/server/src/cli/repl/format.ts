/**
 * Answers for eyes and for programs.
 *
 *   table        what a person reads: columns that say something, moments as dates
 *   json         an object a line, spelled as at every door
 *   tigerbeetle  as TigerBeetle's own REPL prints: an object of several lines, every value quoted
 */
import { isoText } from 'tallystick/internal/base';
import { type OperationByName, objectToJson, type PlainRecord, plainObject, spelled } from 'tallystick/internal/wire';
import { table } from '../print.ts';
import { recordTable } from '../record-table.ts';
import type { Values } from './parser.ts';

export const FORMATS = ['table', 'json', 'tigerbeetle'] as const;
export type Format = (typeof FORMATS)[number];

export interface Answer {
  readonly rule: OperationByName;
  readonly objects: readonly Values[];
  readonly records: readonly object[];
}

export function isCreate(rule: OperationByName): boolean {
  return rule.name.startsWith('create_');
}

/** How many events were neither created nor there before. */
export function refusedCount({ rule, records }: Answer): number {
  if (!isCreate(rule)) return 0;
  return records.filter((record) => {
    const { status } = plainObject(rule.reply, record);
    return status !== 'created' && status !== 'exists';
  }).length;
}

/** Whether all that was asked for is said not to be there. */
export function isMissing({ rule, records }: Answer): boolean {
  const state = rule.reply.byName.get('state');
  if (state === undefined) return false;
  return records.every((record) => plainObject(rule.reply, record).state === 'not_found');
}

const NOUNS: { readonly [record: string]: string } = {
  Account: 'accounts',
  Transfer: 'transfers',
  AccountBalance: 'balances',
  ChangeEvent: 'events',
  PendingTransfer: 'pending transfers',
  CreateAccountResult: 'accounts',
  CreateTransferResult: 'transfers',
  Balance: 'accounts',
};

/** What there is to say when there is nothing to print. */
export function nothing({ rule, objects }: Answer): string {
  const noun = NOUNS[rule.reply.name] ?? 'records';
  if (isCreate(rule)) return `No ${noun} to create.`;
  if (rule.name.startsWith('lookup_') && objects.length === 0) return `No ${noun} to look up.`;
  return `No ${noun} were found.`;
}

/** The answer's lines; `width`: columns of the terminal. */
export function format(answer: Answer, as: Format, width: number): string {
  const { rule, records } = answer;
  if (as === 'json') return records.map((record) => objectToJson(rule.reply, record)).join('\n');
  if (as === 'tigerbeetle') return records.map((record) => quoted(rule.reply, record)).join('\n');
  return isCreate(rule) ? createdTable(answer) : recordTable(rule.reply, records, width);
}

function quoted(record: PlainRecord, object: object): string {
  const status = record.byName.get('status')?.of?.name;
  const values = object as Readonly<Record<string, bigint | number>>;
  const lines = record.meaningful.map((field) => {
    const { name } = field;
    const value = spelled(field, values[name]!);
    if (typeof value === 'object') return `  "${name}": ${JSON.stringify(value)}`;
    const text = name === 'status' ? `tigerbeetle.${status}.${value}` : String(value);
    return `  "${name}": "${text}"`;
  });
  return `{\n${lines.join(',\n')}\n}`;
}

/** A row an event, and what the statuses mean that were not hoped for. */
function createdTable({ rule, objects, records }: Answer): string {
  const rows = records.map((record, index) => {
    const { status, timestamp } = plainObject(rule.reply, record) as { status: string; timestamp: string };
    return [String(objects[index]!.get('id') ?? 0n), status, isoText(BigInt(timestamp))];
  });
  const printed = table(
    [
      { title: 'id', align: 'right' },
      { title: 'status', align: 'left' },
      { title: 'timestamp', align: 'left' },
    ],
    rows,
  );
  const statuses = rule.reply.byName.get('status')!.of!;
  const others = [...new Set(rows.map(([, status]) => status!))].filter((status) => status !== 'created');
  const meanings = others.map((status) => {
    const member = statuses.members.find(({ name }) => name === status);
    return `${status}: ${member?.about ?? 'unknown to this version.'}`;
  });
  return [printed, ...meanings].join('\n');
}
