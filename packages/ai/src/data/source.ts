/** A dataset: samples by number. Loaders choose the numbers; sources know files and formats. */
import { createHash } from 'node:crypto';
import { TallystickError } from 'tallystick/internal';

/** One sample. A source gives each of its samples numbers of the same shapes. */
export interface Sample {
  readonly x?: Float32Array;
  readonly y?: Float32Array;
  /** What is not numbers of one shape: text, fields, boxes. Plain values, for it may come from another thread. */
  readonly record?: unknown;
}

export interface Source {
  readonly size: number;
  /** Changes when the data or the way of reading it does; a saved state belongs to one fingerprint. */
  readonly fingerprint: string;
  /** Shape of each sample's `x` and `y`; undefined: samples have none. */
  readonly shape?: readonly number[] | undefined;
  readonly yShape?: readonly number[] | undefined;
  /** Rejects with, or throws, `dataset_invalid` if the record is malformed. */
  read(index: number): Sample | Promise<Sample>;
  /** File and line, or whatever finds the sample again. */
  where(index: number): string;
  close(): void;
}

export function invalidData(what: string, cause?: unknown): TallystickError {
  return new TallystickError('dataset_invalid', what, cause === undefined ? undefined : { cause });
}

/** Numbers in a shape. */
export function sizeOf(shape: readonly number[] | undefined): number {
  return shape === undefined ? 0 : shape.reduce((size, dimension) => size * dimension, 1);
}

/** A digest of the parts, which are the settings of a source and what is known of its files. */
export function fingerprintOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
