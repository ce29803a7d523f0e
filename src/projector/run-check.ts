/** Looking at a run from outside: its header, and whether every byte is as it was written. Keeps nothing in memory. */
import { RUN_HEADER_SIZE, RunSection, TallystickError } from '../model/index.ts';
import { crc32, type File, type Storage } from '../platform/index.ts';
import { decodeRunHeader, type RunHeader } from './run-format.ts';

/** Bytes read at once: whole chunks. */
const PIECE_SIZE = 1 << 20;

/** Names of a run's sections by number (docs/internals/formats.md). */
export const runSectionNames: readonly string[] = [
  'id',
  'debit_account_id',
  'credit_account_id',
  'pending_id',
  'user_data_128',
  'user_data_64',
  'user_data_32',
  'ledger',
  'code',
  'filter',
  'blocks',
  'events',
  'spans',
  'checksums',
];

/** Throws `not_found`, `run_corrupt`, `format_newer`, and `format_foreign` for a file that is no run. */
export function readRunHeader(storage: Storage, path: string): RunHeader {
  const file = storage.open(path, { mode: 'read' });
  try {
    return headerOf(file);
  } finally {
    file.close();
  }
}

export interface RunDamage {
  /** Byte of the file from which on something is wrong. */
  readonly offset: number;
  readonly what: string;
}

/**
 * The first place of a run that is not as it was written; undefined when there is none. `visit` hears of the bytes that
 * were read, piece by piece.
 */
export function runDamage(storage: Storage, path: string, visit: (bytes: number) => void): RunDamage | undefined {
  const file = storage.open(path, { mode: 'read' });
  try {
    return damageOf(file, headerOf(file), visit);
  } catch (error) {
    if (error instanceof TallystickError && (error.code === 'run_corrupt' || error.code === 'format_foreign')) {
      return { offset: 0, what: error.message };
    }
    throw error;
  } finally {
    file.close();
  }
}

function headerOf(file: File): RunHeader {
  const bytes = new Uint8Array(RUN_HEADER_SIZE);
  return decodeRunHeader(bytes.subarray(0, file.read(bytes, 0)), file.path, file.size());
}

function damageOf(file: File, header: RunHeader, visit: (bytes: number) => void): RunDamage | undefined {
  const { offset: end, size } = header.sections[RunSection.checksums]!;
  const table = new Uint8Array(size);
  if (file.read(table, end) !== size || crc32(table) !== header.checksums) {
    return { offset: end, what: 'the checksums are damaged' };
  }
  const checksums = new Uint32Array(table.buffer);
  const { chunkSize } = header;
  if (checksums.length !== Math.ceil((end - RUN_HEADER_SIZE) / chunkSize)) {
    return { offset: end, what: 'there are more or fewer checksums than chunks' };
  }
  const piece = new Uint8Array(PIECE_SIZE);
  for (let at = RUN_HEADER_SIZE; at < end; at += PIECE_SIZE) {
    const bytes = piece.subarray(0, Math.min(PIECE_SIZE, end - at));
    if (file.read(bytes, at) !== bytes.length) return { offset: at, what: 'the file ends too early' };
    for (let from = 0; from < bytes.length; from += chunkSize) {
      const index = (at + from - RUN_HEADER_SIZE) / chunkSize;
      if (crc32(bytes.subarray(from, from + chunkSize)) !== checksums[index]) {
        return { offset: at + from, what: 'a chunk does not match its checksum' };
      }
    }
    visit(bytes.length);
  }
  const rest = new Uint8Array(file.size() - end - size);
  file.read(rest, end + size);
  const strange = rest.findIndex((byte) => byte !== 0);
  return strange < 0 ? undefined : { offset: end + size + strange, what: 'something follows the last section' };
}
