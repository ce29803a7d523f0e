/** The records of one kind, as they are stored: an object a line, or CSV (RFC 4180) with the names of the fields in its first row. */
import { type Ledger, type RecordSchema, recordSchemas } from '../../model/index.ts';
import { type Plain, plainJson, plainNames, plainRecord } from '../plain.ts';
import { accountPages, eventPages, transferPages } from './pages.ts';

export const KINDS = ['accounts', 'transfers', 'events'] as const;
export type Kind = (typeof KINDS)[number];

const kinds: {
  readonly [kind in Kind]: {
    readonly record: string;
    readonly pages: (ledger: Ledger, until: bigint) => AsyncGenerator<readonly { readonly timestamp: bigint }[]>;
  };
} = {
  accounts: { record: 'Account', pages: accountPages },
  transfers: { record: 'Transfer', pages: transferPages },
  events: { record: 'ChangeEvent', pages: eventPages },
};

/** Pieces of the export, lines with their ends. `visit` hears of the timestamp that was reached. */
export async function* recordLines(
  ledger: Ledger,
  kind: Kind,
  format: 'jsonl' | 'csv',
  visit: (reached: bigint) => void = () => {},
): AsyncGenerator<string> {
  const { record, pages } = kinds[kind];
  const schema = recordSchemas.find(({ name }) => name === record)!;
  const line = format === 'csv' ? csvLine : jsonLine;
  if (format === 'csv') yield `${plainNames(schema).join(',')}\r\n`;
  for await (const page of pages(ledger, 0n)) {
    yield page.map((one) => line(schema, one)).join('');
    visit(page.at(-1)!.timestamp);
  }
}

function jsonLine(schema: RecordSchema, record: object): string {
  return `${plainJson(schema, record)}\n`;
}

/** Numbers, names and names joined by `|`: nothing that wants quotes. */
function csvLine(schema: RecordSchema, record: object): string {
  const cell = (value: Plain): string => (typeof value === 'object' ? value.join('|') : String(value));
  return `${Object.values(plainRecord(schema, record)).map(cell).join(',')}\r\n`;
}
