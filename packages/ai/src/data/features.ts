/** Rows of numbers from a CSV file, normalised by statistics of the training part alone. */

import { mix } from '../fraud/slots.ts';
import { CsvFile, type CsvOptions, numberOf } from './csv.ts';
import { fingerprintOf, invalidData, type Source } from './source.ts';

/** Which rows are for training. All others are for tests. */
export type Split =
  | { readonly every: number; readonly part: 'train' | 'test' }
  | { readonly share: number; readonly seed: number; readonly part: 'train' | 'test' };

/** What is known of the training part's columns; it is stored with the model that it trained. */
export interface Statistics {
  readonly columns: readonly string[];
  readonly rows: number;
  readonly mean: readonly number[];
  /** Of the population; 1 for a column that never changes. */
  readonly deviation: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

export interface FeaturesSpec extends CsvOptions {
  readonly kind: 'features';
  readonly path: string;
  /** Columns of `x`. Default: all but the label. */
  readonly columns?: readonly string[];
  /** The column of `y`; undefined: none. */
  readonly label?: string;
  readonly split?: Split;
  /** What {@link statisticsOf} found, and how it is used. Left out: numbers as they are. */
  readonly normalise?: { readonly by: 'zscore' | 'minmax'; readonly statistics: Statistics };
}

export function openFeatures(spec: FeaturesSpec): Source {
  const file = new CsvFile(spec.path, spec);
  const columns = columnsOf(file, spec);
  const label = spec.label === undefined ? undefined : file.column(spec.label);
  const rows = rowsOf(file.size, spec.split);
  const normalise = normaliser(columns, spec.normalise);
  const places = columns.map((column) => file.column(column));
  return {
    size: rows.length,
    fingerprint: fingerprintOf({ ...spec, path: undefined }, file.digest),
    shape: [columns.length],
    yShape: label === undefined ? undefined : [1],
    read: (index) => {
      const row = file.row(rows[index]!);
      const x = Float32Array.from(places, (place, at) => normalise(numberOf(row[place]!, columns[at]!), at));
      return label === undefined ? { x } : { x, y: Float32Array.of(numberOf(row[label]!, spec.label!)) };
    },
    where: (index) => file.where(rows[index]!),
    close: () => file.close(),
  };
}

/** Reads the training part once. The spec's `split` says which part that is; rows of the other are not looked at. */
export function statisticsOf(spec: Omit<FeaturesSpec, 'normalise'>): Statistics {
  const file = new CsvFile(spec.path, spec);
  try {
    const columns = columnsOf(file, spec);
    const split: Split | undefined = spec.split === undefined ? undefined : { ...spec.split, part: 'train' };
    const rows = rowsOf(file.size, split);
    const places = columns.map((column) => file.column(column));
    const table = rows.map((row) => {
      const fields = file.row(row);
      return places.map((place, at) => numberOf(fields[place]!, columns[at]!));
    });
    if (table.length === 0) throw invalidData(`${spec.path} has no rows to train with`);
    const of = (make: (numbers: number[]) => number): number[] =>
      columns.map((_, at) => make(table.map((row) => row[at]!)));
    const mean = of((numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length);
    const deviation = columns.map((_, at) => {
      const squares = table.reduce((sum, row) => sum + (row[at]! - mean[at]!) ** 2, 0);
      return Math.sqrt(squares / table.length) || 1;
    });
    const least = (numbers: number[]): number => numbers.reduce((one, other) => Math.min(one, other));
    const most = (numbers: number[]): number => numbers.reduce((one, other) => Math.max(one, other));
    return { columns, rows: table.length, mean, deviation, min: of(least), max: of(most) };
  } finally {
    file.close();
  }
}

function columnsOf(file: CsvFile, { columns, label }: Pick<FeaturesSpec, 'columns' | 'label'>): readonly string[] {
  return columns ?? file.columns.filter((column) => column !== label);
}

function rowsOf(size: number, split: Split | undefined): number[] {
  const rows = Array.from({ length: size }, (_, row) => row);
  if (split === undefined) return rows;
  const trains = (row: number): boolean =>
    'every' in split ? row % split.every !== 0 : mix(mix(split.seed) ^ mix(row + 1)) / 2 ** 32 < split.share;
  return rows.filter((row) => trains(row) === (split.part === 'train'));
}

function normaliser(
  columns: readonly string[],
  given: FeaturesSpec['normalise'],
): (number: number, at: number) => number {
  if (given === undefined) return (number) => number;
  const { by, statistics } = given;
  if (statistics.columns.join() !== columns.join()) {
    throw invalidData(
      `the statistics are of ${statistics.columns.join(', ')}, and the dataset has ${columns.join(', ')}`,
    );
  }
  const { mean, deviation, min, max } = statistics;
  if (by === 'zscore') return (number, at) => (number - mean[at]!) / deviation[at]!;
  return (number, at) => (number - min[at]!) / (max[at]! - min[at]! || 1);
}
