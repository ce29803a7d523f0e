/** Places of files that are not as they were written. */
import type { Storage } from '../platform/index.ts';

export interface Damage {
  /** Path. */
  readonly file: string;
  /** Byte of the file from which on something is wrong. */
  readonly offset: number;
  readonly what: string;
}

/** Bytes. */
export function sizeOf(storage: Storage, path: string): number {
  const file = storage.open(path, { mode: 'read' });
  try {
    return file.size();
  } finally {
    file.close();
  }
}

/** The first byte of a file between two offsets that is not zero. */
export function firstByte(storage: Storage, path: string, from: number, to: number): number | undefined {
  const file = storage.open(path, { mode: 'read' });
  try {
    const bytes = new Uint8Array(Math.min(to - from, 1 << 20));
    for (let at = from; at < to; at += bytes.length) {
      const count = file.read(bytes.subarray(0, Math.min(bytes.length, to - at)), at);
      const index = bytes.subarray(0, count).findIndex((byte) => byte !== 0);
      if (index >= 0) return at + index;
      if (count < bytes.length) return undefined;
    }
    return undefined;
  } finally {
    file.close();
  }
}
