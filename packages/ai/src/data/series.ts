/** Windows of a time series: `x` is `window` rows, `y` the target `horizon` rows behind them. */
import { CsvFile, type CsvOptions, numberOf } from './csv.ts';
import { fingerprintOf, type Source } from './source.ts';

export interface SeriesSpec extends CsvOptions {
  readonly kind: 'series';
  readonly path: string;
  readonly columns: readonly string[];
  readonly target: string;
  /** Rows in a window, rows between the starts of two windows, rows from a window's last to the target. */
  readonly window: number;
  readonly stride: number;
  readonly horizon: number;
}

export function openSeries(spec: SeriesSpec): Source {
  const { columns, window, stride, horizon, target } = spec;
  const file = new CsvFile(spec.path, spec);
  const places = columns.map((column) => file.column(column));
  const targetPlace = file.column(target);
  const last = file.size - window - horizon;
  return {
    size: last < 0 ? 0 : Math.floor(last / stride) + 1,
    fingerprint: fingerprintOf({ ...spec, path: undefined }, file.digest),
    shape: [window, columns.length],
    yShape: [1],
    read: (index) => {
      const from = index * stride;
      const x = new Float32Array(window * columns.length);
      for (let row = 0; row < window; row++) {
        const fields = file.row(from + row);
        for (const [at, place] of places.entries())
          x[row * columns.length + at] = numberOf(fields[place]!, columns[at]!);
      }
      const y = numberOf(file.row(from + window + horizon - 1)[targetPlace]!, target);
      return { x, y: Float32Array.of(y) };
    },
    where: (index) => file.where(index * stride),
    close: () => file.close(),
  };
}
