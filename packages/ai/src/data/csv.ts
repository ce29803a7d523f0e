/**
 * CSV: records by number, each parsed by csv-parse when it is asked for. A row of another length than the head is bad.
 */
import { parse } from 'csv-parse/sync';
import { FileSlices, type Records } from './file-slices.ts';
import { invalidData } from './source.ts';

export interface CsvOptions {
  /** Default: a comma. */
  readonly delimiter?: string;
  /** Default: `"`. */
  readonly quote?: string;
}

export class CsvFile {
  /** Names of the columns, from the first record. */
  readonly columns: readonly string[];
  /** Digest of the whole file. */
  readonly digest: string;
  readonly #file: FileSlices;
  readonly #records: Records;
  readonly #options: Required<CsvOptions>;

  constructor(path: string, { delimiter = ',', quote = '"' }: CsvOptions = {}) {
    this.#options = { delimiter, quote };
    this.#file = new FileSlices(path);
    try {
      this.#records = this.#file.records(quote.charCodeAt(0));
      if (this.#records.lines.length === 0) throw invalidData(`${path} has no head with the names of its columns`);
      this.columns = this.#parsed(0);
    } catch (error) {
      this.#file.close();
      throw error;
    }
    this.digest = this.#records.digest;
  }

  /** Records behind the head. */
  get size(): number {
    return this.#records.lines.length - 1;
  }

  row(index: number): string[] {
    const row = this.#parsed(index + 1);
    if (row.length !== this.columns.length) {
      throw invalidData(`the row has ${row.length} fields, and the head has ${this.columns.length}`);
    }
    return row;
  }

  where(index: number): string {
    return `${this.#file.path}, line ${this.#records.lines[index + 1]}`;
  }

  /** Place of a column. */
  column(name: string): number {
    const at = this.columns.indexOf(name);
    if (at < 0) throw invalidData(`${this.#file.path} has no column ${name}; it has ${this.columns.join(', ')}`);
    return at;
  }

  close(): void {
    this.#file.close();
  }

  #parsed(record: number): string[] {
    const { starts } = this.#records;
    const bytes = this.#file.slice(starts[record]!, starts[record + 1]!);
    const { quote, delimiter } = this.#options;
    // Without quotes a record is one line, and needs no parser.
    if (record > 0 && !bytes.includes(quote)) return lineOf(bytes).split(delimiter);
    try {
      const options = { ...this.#options, bom: record === 0, relax_column_count: true, skip_empty_lines: true };
      return (parse(bytes, options) as string[][])[0] ?? [];
    } catch (error) {
      throw invalidData((error as Error).message, error);
    }
  }
}

/** The first line of the bytes, without its end. */
function lineOf(bytes: Buffer): string {
  const end = bytes.indexOf(0x0a);
  const line = bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** A field as a number. Empty ones and text are bad. */
export function numberOf(field: string, column: string): number {
  const number = field.trim() === '' ? Number.NaN : Number(field);
  if (Number.isNaN(number))
    throw invalidData(`column ${column} holds ${JSON.stringify(field.slice(0, 40))}, which is no number`);
  return number;
}
