/**
 * The records of one kind, as they are stored: an object a line, or CSV (RFC 4180) with the names of the fields in its
 * first row.
 */
import { accountsOf, changeEventsOf, type Ledger, transfersOf } from '../model/index.ts';
import { type PlainRecord, type PlainValue, plainJson, plainObject, plainRecords } from '../wire/index.ts';

export const KINDS = ['accounts', 'transfers', 'events'] as const;
export type Kind = (typeof KINDS)[number];

const kinds: {
  readonly [kind in Kind]: {
    readonly name: string;
    readonly pages: (ledger: Ledger) => AsyncGenerator<readonly { readonly timestamp: bigint }[]>;
  };
} = {
  accounts: { name: 'Account', pages: accountsOf },
  transfers: { name: 'Transfer', pages: transfersOf },
  events: { name: 'ChangeEvent', pages: changeEventsOf },
};

/** Pieces of the export, lines with their ends. `visit` hears of the timestamp that was reached. */
export async function* recordLines(
  ledger: Ledger,
  kind: Kind,
  format: 'jsonl' | 'csv',
  visit: (reached: bigint) => void = () => {},
): AsyncGenerator<string> {
  const { name, pages } = kinds[kind];
  const record = plainRecords.get(name)!;
  const line = format === 'csv' ? csvLine : jsonLine;
  if (format === 'csv') yield `${record.meaningful.map((field) => field.name).join(',')}\r\n`;
  for await (const page of pages(ledger)) {
    yield page.map((one) => line(record, one)).join('');
    visit(page.at(-1)!.timestamp);
  }
}

function jsonLine(record: PlainRecord, object: object): string {
  return `${plainJson(record, object)}\n`;
}

/** Numbers, names and names joined by `|`: nothing that wants quotes. */
function csvLine(record: PlainRecord, object: object): string {
  const cell = (value: PlainValue): string => (typeof value === 'object' ? value.join('|') : String(value));
  return `${Object.values(plainObject(record, object)).map(cell).join(',')}\r\n`;
}
