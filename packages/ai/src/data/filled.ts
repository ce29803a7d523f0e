/** Samples of one step, read and laid side by side. Used by loaders and by their threads. */
import { type Sample, type Source, sizeOf } from './source.ts';

/** A record that could not be read. */
export interface BadRecord {
  readonly index: number;
  readonly where: string;
  readonly reason: string;
}

/** What a step came to. Numbers lie in the memory that was given. */
export interface Filled {
  /** Numbers of the samples that could be read, in order. */
  readonly ids: number[];
  readonly records: unknown[] | undefined;
  readonly bad: BadRecord[];
}

/** Bytes that `count` samples of the source need. */
export function bytesFor({ shape, yShape }: Source, count: number): number {
  return 4 * count * (sizeOf(shape) + sizeOf(yShape));
}

/** Where `x` and `y` of `count` samples lie in a buffer. */
export function views(
  { shape, yShape }: Pick<Source, 'shape' | 'yShape'>,
  buffer: ArrayBufferLike,
  at: number,
  count: number,
): { x: Float32Array; y: Float32Array } {
  const x = new Float32Array(buffer, at, count * sizeOf(shape));
  return { x, y: new Float32Array(buffer, at + x.byteLength, count * sizeOf(yShape)) };
}

/** Reads samples into the memory, each behind the last that could be read. */
export async function fill(
  source: Source,
  indexes: readonly number[],
  x: Float32Array,
  y: Float32Array,
): Promise<Filled> {
  const [width, yWidth] = [sizeOf(source.shape), sizeOf(source.yShape)];
  const ids: number[] = [];
  const records: unknown[] = [];
  const bad: BadRecord[] = [];
  let hasRecords = false;
  for (const index of indexes) {
    try {
      const read = source.read(index);
      const sample: Sample = read instanceof Promise ? await read : read;
      if (sample.x !== undefined) x.set(sample.x, ids.length * width);
      if (sample.y !== undefined) y.set(sample.y, ids.length * yWidth);
      hasRecords ||= sample.record !== undefined;
      records.push(sample.record);
      ids.push(index);
    } catch (error) {
      if ((error as { code?: string }).code !== 'dataset_invalid') throw error;
      bad.push({ index, where: source.where(index), reason: (error as Error).message });
    }
  }
  return { ids, records: hasRecords ? records : undefined, bad };
}
