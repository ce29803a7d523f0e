/** What kind of dataset lies at a path, by the names of its files. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { TallystickError } from 'tallystick/internal';
import type { SourceSpec } from '../data/open-source.ts';
import { invalidData } from '../data/source.ts';

export const INSPECTED = ['csv', 'jsonl', 'folder', 'audio', 'yolo', 'coco', 'npy', 'parquet'] as const;
export type Inspected = (typeof INSPECTED)[number];

const RATE = 16_000;
/** Seconds of each sound that are looked at. */
const SECONDS = 4;
const SIDE = 320;
const endings: { readonly [ending: string]: Inspected } = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.npy': 'npy',
  '.npz': 'npy',
  '.parquet': 'parquet',
};

/** Throws `not_found`, or `dataset_invalid` if the files say nothing. */
export function guessKind(path: string): Inspected {
  if (!existsSync(path)) throw new TallystickError('not_found', `there is nothing at ${path}`);
  if (!statSync(path).isDirectory()) {
    const kind = endings[extname(path).toLowerCase()];
    if (kind !== undefined) return kind;
    throw invalidData(`the name of ${path} does not say what it is: give --kind`);
  }
  if (existsSync(join(path, 'coco.json'))) return 'coco';
  if (existsSync(join(path, 'images'))) return 'yolo';
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => name.toLowerCase());
  if (names.some((name) => name.endsWith('.wav'))) return 'audio';
  if (names.some((name) => name.endsWith('.txt'))) return 'folder';
  throw invalidData(`the files in ${path} do not say what they are: give --kind`);
}

/** The spec with which a dataset is looked at. */
export function specOf(kind: Inspected, path: string): SourceSpec {
  if (kind === 'audio') return { kind, path, rate: RATE, samples: RATE * SECONDS };
  if (kind === 'yolo' || kind === 'coco') return { kind, path, side: SIDE };
  return { kind, path };
}
