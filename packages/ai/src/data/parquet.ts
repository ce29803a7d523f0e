/** Parquet, read by hyparquet a row group at a time: columns of numbers as `x` and `y`, all others as the record. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { fingerprintOf, invalidData, type Source } from './source.ts';

export interface ParquetSpec {
  readonly kind: 'parquet';
  readonly path: string;
  /** Columns of `x` and of `y`. Left out: rows come as records alone. */
  readonly columns?: readonly string[];
  readonly label?: string;
}

type Row = Record<string, unknown>;

export async function openParquet({ path, columns, label, kind }: ParquetSpec): Promise<Source> {
  const file = bytesOf(path);
  const starts = startsOf(path, file);
  const size = starts.at(-1)!;
  const fingerprint = fingerprintOf(kind, columns, label, createHash('sha256').update(Buffer.from(file)).digest('hex'));
  // Rows come in any order; the group that was read last is kept.
  let group = { start: 0, end: 0, rows: Promise.resolve<Row[]>([]) };
  const rowsOf = async (index: number): Promise<Row> => {
    if (index < group.start || index >= group.end) {
      const at = starts.findLastIndex((start) => start <= index);
      const [start, end] = [starts[at]!, starts[at + 1]!];
      const options = { file, compressors, rowStart: start, rowEnd: end };
      group = { start, end, rows: parquetReadObjects(options) as Promise<Row[]> };
    }
    const { start, rows } = group;
    try {
      return (await rows)[index - start]!;
    } catch (error) {
      throw invalidData(`the row group cannot be read: ${(error as Error).message}`, error);
    }
  };
  const number = (row: Row, column: string): number => {
    const value = row[column];
    if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
    throw invalidData(`column ${column} holds ${String(value)}, which is no number`);
  };
  return {
    size,
    fingerprint,
    shape: columns === undefined ? undefined : [columns.length],
    yShape: label === undefined ? undefined : [1],
    read: async (index) => {
      const row = await rowsOf(index);
      if (columns === undefined) return { record: row };
      const x = Float32Array.from(columns, (column) => number(row, column));
      return label === undefined ? { x } : { x, y: Float32Array.of(number(row, label)) };
    },
    where: (index) => `${path}, row ${index}`,
    close: () => undefined,
  };
}

function bytesOf(path: string): ArrayBuffer {
  try {
    const bytes = readFileSync(path);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  } catch (error) {
    throw invalidData(`${path} cannot be read: ${(error as Error).message}`, error);
  }
}

/** The first row of each group, and the number of all rows. */
function startsOf(path: string, file: ArrayBuffer): number[] {
  try {
    const starts = [0];
    for (const { num_rows } of parquetMetadata(file).row_groups) starts.push(starts.at(-1)! + Number(num_rows));
    return starts;
  } catch (error) {
    throw invalidData(`${path} is no parquet file: ${(error as Error).message}`, error);
  }
}
