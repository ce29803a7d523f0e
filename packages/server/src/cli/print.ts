/** Words and tables for eyes. */
import Table from 'cli-table3';
import { colours } from './colours.ts';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** A table without a grid: a line below its head, two spaces between its columns. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const none = [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
  ] as const;
  const inner = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'] as const;
  const printed = new Table({
    head: columns.map(({ title }) => colours.dim(title)),
    colAligns: columns.map(({ align }) => align),
    chars: { ...Object.fromEntries([...none, ...inner].map((name) => [name, ''])), middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  printed.push(...rows.map((row) => [...row]));
  return printed.toString().replace(/ +$/gm, '');
}

/** 1234567 as 1,234,567. */
export function grouped(value: number | bigint): string {
  return (typeof value === 'number' ? Math.round(value) : value).toLocaleString('en-US');
}

export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Three digits and a unit: 0.083 ms, 12.4 ms, 1.73 s. */
export function milliseconds(value: number): string {
  if (value >= 1000) return `${(value / 1000).toPrecision(3)} s`;
  return `${value >= 100 ? value.toFixed(0) : value >= 1 ? value.toPrecision(3) : value.toFixed(3)} ms`;
}

/** 1.21 GB, 36.4 MB. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const BAR_WIDTH = 40;

/** Latencies as lying bars; `from` and `to` in milliseconds. What is there at all gets a mark. */
export function histogram(bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return bars
    .map(({ from, to, count }) => {
      const length = (count / most) * BAR_WIDTH;
      const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][Math.floor((length % 1) * 8)]!;
      const bar = '█'.repeat(Math.floor(length)) + eighths || (count > 0 ? '▏' : '');
      const range = `${milliseconds(from).padStart(9)} … ${milliseconds(to).padStart(9)}`;
      return `${range}  ${colours.cyan(bar)}${count > 0 ? colours.dim(` ${grouped(count)}`) : ''}`;
    })
    .join('\n');
}
