/** The lines of a trail, read a piece at a time. */
import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { storageError } from 'tallystick/internal/platform';

const PIECE = 1 << 20;

export interface Line {
  readonly text: string;
  /** It has its end. */
  readonly whole: boolean;
}

/** Throws as files do: `not_found`, `not_writable`. */
export function* linesOf(path: string): Generator<Line> {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw storageError(`read ${path}`, error);
  }
  try {
    const bytes = Buffer.alloc(PIECE);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for (;;) {
      const size = readSync(file, bytes, 0, PIECE, null);
      if (size === 0) break;
      const lines = (rest + decoder.write(bytes.subarray(0, size))).split('\n');
      rest = lines.pop()!;
      for (const text of lines) yield { text, whole: true };
    }
    rest += decoder.end();
    if (rest !== '') yield { text: rest, whole: false };
  } finally {
    closeSync(file);
  }
}
