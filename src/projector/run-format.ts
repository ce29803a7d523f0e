/**
 * The bytes of a run file: a header of 4,096 bytes, then the sections, then the checksums of everything between.
 *
 *   ┌────────┬──────────┬─────┬──────────┬────────┬────────┬────────┬───────┬───────────┐
 *   │ header │ column 0 │  …  │ column 8 │ filter │ blocks │ events │ spans │ checksums │
 *   └────────┴──────────┴─────┴──────────┴────────┴────────┴────────┴───────┴───────────┘
 *
 * The file ends with zeros to a multiple of 4,096 bytes.
 */

import {
  RunHeaderOffset as at,
  COLUMNS_COUNT,
  DIRECTORY_SLOTS,
  FILTER_BLOCK_SIZE,
  RUN_HEADER_MAGIC,
  RUN_HEADER_SIZE,
  RUN_HEADER_VERSION,
  RunSection,
  SECTIONS_COUNT,
  TallystickError,
} from '../model/index.ts';
import { BLOCK_SIZE, crc32 } from '../platform/index.ts';

/** One checksum for so many bytes after the header: what every read of a few bytes reads and compares. */
export const CHUNK_SIZE = 2048;
/** The same in runs of version 1, which are no different otherwise. */
const CHUNK_SIZE_1 = 16_384;
/** Entries of a column's directory: its slots, and the end. */
export const DIRECTORY_COUNT: number = DIRECTORY_SLOTS + 1;
/**
 * Items of a slot of the directory up to which they ascend by position alone: a reader looks at all of them. Beyond, by
 * tag and position.
 */
export const UNORDERED_MAX = 1024;
export interface SectionPlace {
  /** Bytes from the start of the file, a multiple of 64. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

export interface RunHeader {
  /** Entries. */
  readonly count: number;
  /** Absolute number of the entry at position 0. */
  readonly firstEntry: number;
  /** The ledger's id, so that runs of two ledgers cannot be mixed up. */
  readonly ledgerId: bigint;
  readonly timestampMin: bigint;
  readonly timestampMax: bigint;
  /** Timestamps grow from entry to entry, so that a window of time is a range of positions. */
  readonly ascending: boolean;
  readonly idMin: bigint;
  readonly idMax: bigint;
  readonly sections: readonly SectionPlace[];
  /** For every column with an empty section: the hash that all entries have, 0 if none is indexed. */
  readonly sameHashes: readonly number[];
  /** crc32 of the section of checksums. */
  readonly checksums: number;
  /** Bytes under one checksum. */
  readonly chunkSize: number;
}

export function encodeRunHeader(header: Omit<RunHeader, 'chunkSize'>): Uint8Array {
  const bytes = new Uint8Array(RUN_HEADER_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(at.magic, RUN_HEADER_MAGIC, true);
  view.setUint32(at.version, RUN_HEADER_VERSION, true);
  view.setUint32(at.count, header.count, true);
  view.setBigUint64(at.firstEntry, BigInt(header.firstEntry), true);
  putU128(view, at.ledgerId, header.ledgerId);
  view.setBigUint64(at.timestampMin, header.timestampMin, true);
  view.setBigUint64(at.timestampMax, header.timestampMax, true);
  view.setUint32(at.ascending, header.ascending ? 1 : 0, true);
  view.setUint32(at.checksums, header.checksums, true);
  putU128(view, at.idMin, header.idMin);
  putU128(view, at.idMax, header.idMax);
  for (const [index, { offset, size }] of header.sections.entries()) {
    view.setBigUint64(at.sections + index * 16, BigInt(offset), true);
    view.setBigUint64(at.sections + index * 16 + 8, BigInt(size), true);
  }
  for (const [column, hash] of header.sameHashes.entries()) view.setUint32(at.sameHashes + column * 4, hash, true);
  view.setUint32(at.checksum, crc32(bytes.subarray(4)), true);
  return bytes;
}

/** Throws `format_foreign`, `format_newer` or `run_corrupt`. `size` is that of the whole file. */
export function decodeRunHeader(bytes: Uint8Array, path: string, size: number): RunHeader {
  const corrupt = (why: string): TallystickError => new TallystickError('run_corrupt', `${path}: ${why}`);
  if (bytes.length < RUN_HEADER_SIZE) throw corrupt('the file is shorter than a header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = view.getUint32(at.magic, true);
  const whole = crc32(bytes.subarray(4, RUN_HEADER_SIZE)) === view.getUint32(at.checksum, true);
  if (magic !== RUN_HEADER_MAGIC && !whole) {
    throw new TallystickError('format_foreign', `${path}: not a run of Tallystick, or its first bytes are damaged`);
  }
  const version = view.getUint32(at.version, true);
  if (whole && version > RUN_HEADER_VERSION)
    throw new TallystickError('format_newer', `${path}: a run of version ${version}`);
  if (!whole || magic !== RUN_HEADER_MAGIC || version === 0) throw corrupt('the header does not match its checksum');
  const sections: SectionPlace[] = [];
  for (let index = 0; index < SECTIONS_COUNT; index++) {
    const offset = Number(view.getBigUint64(at.sections + index * 16, true));
    const length = Number(view.getBigUint64(at.sections + index * 16 + 8, true));
    if (offset + length > size) throw corrupt(`the file ends at ${size}, section ${index} at ${offset + length}`);
    sections.push({ offset, size: length });
  }
  const { offset, size: length } = sections[RunSection.checksums]!;
  if (size !== wholeBlocks(offset + length)) throw corrupt(`the file is of ${size} bytes, its sections are not`);
  for (let column = 0; column < COLUMNS_COUNT; column++) {
    const { size: bytes } = sections[column]!;
    if (bytes !== 0 && (bytes < DIRECTORY_COUNT * 4 || bytes % 4 !== 0))
      throw corrupt(`column ${column} has ${bytes} bytes`);
  }
  const { size: filter } = sections[RunSection.filter]!;
  const { size: blocks } = sections[RunSection.blocks]!;
  if (filter % FILTER_BLOCK_SIZE !== 0 || blocks % 4 !== 0)
    throw corrupt(`the filter has ${filter} bytes, the table ${blocks}`);
  return {
    count: view.getUint32(at.count, true),
    firstEntry: Number(view.getBigUint64(at.firstEntry, true)),
    ledgerId: getU128(view, at.ledgerId),
    timestampMin: view.getBigUint64(at.timestampMin, true),
    timestampMax: view.getBigUint64(at.timestampMax, true),
    ascending: view.getUint32(at.ascending, true) === 1,
    idMin: getU128(view, at.idMin),
    idMax: getU128(view, at.idMax),
    sections,
    sameHashes: Array.from({ length: COLUMNS_COUNT }, (_, column) => view.getUint32(at.sameHashes + column * 4, true)),
    checksums: view.getUint32(at.checksums, true),
    chunkSize: version === 1 ? CHUNK_SIZE_1 : CHUNK_SIZE,
  };
}

/** `size` rounded up to what a direct transfer can carry. */
export function wholeBlocks(size: number): number {
  return Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;
}

export function getU128(view: DataView, offset: number): bigint {
  return view.getBigUint64(offset, true) | (view.getBigUint64(offset + 8, true) << 64n);
}

function putU128(view: DataView, offset: number, value: bigint): void {
  view.setBigUint64(offset, BigInt.asUintN(64, value), true);
  view.setBigUint64(offset + 8, value >> 64n, true);
}
