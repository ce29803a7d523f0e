/** A file whose records are read one by one: where each lies is known, its bytes are read when it is asked for. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { invalidData } from './source.ts';

const CHUNK = 1 << 20;
const [LF, CR, SPACE, TAB] = [0x0a, 0x0d, 0x20, 0x09];

export interface Records {
  /** Byte at which each record begins, and the end of the last. */
  readonly starts: readonly number[];
  /** Line of each record, from 1. */
  readonly lines: readonly number[];
  /** Digest of the whole file. */
  readonly digest: string;
}

export class FileSlices {
  readonly path: string;
  readonly #file: number;
  #isClosed = false;

  constructor(path: string) {
    this.path = path;
    try {
      this.#file = openSync(path, 'r');
    } catch (error) {
      throw invalidData(`${path} cannot be opened: ${(error as Error).message}`, error);
    }
  }

  slice(from: number, to: number): Buffer {
    const bytes = Buffer.alloc(to - from);
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(this.#file, bytes, at, bytes.length - at, from + at);
      if (read === 0) throw invalidData(`${this.path} ends at byte ${from + at}; it has become shorter`);
      at += read;
    }
    return bytes;
  }

  /**
   * Where records begin: at line ends, but not at those within quotes, if a quote is given. Empty lines are no records.
   */
  records(quote: number | undefined): Records {
    const hash = createHash('sha256');
    const starts: number[] = [];
    const lines: number[] = [];
    const chunk = Buffer.alloc(CHUNK);
    let [start, line, startLine, at] = [0, 1, 1, 0];
    let quoted = false;
    let blank = true;
    const end = (): void => {
      if (!blank) {
        starts.push(start);
        lines.push(startLine);
      }
    };
    for (let read = this.#read(chunk, 0); read > 0; read = this.#read(chunk, at)) {
      hash.update(chunk.subarray(0, read));
      for (let index = 0; index < read; index++, at++) {
        const byte = chunk[index]!;
        if (byte === quote) quoted = !quoted;
        if (byte === LF) line += 1;
        if (byte === LF && !quoted) {
          end();
          [start, startLine, blank] = [at + 1, line, true];
        } else if (byte !== CR && byte !== SPACE && byte !== TAB) blank = false;
      }
    }
    end();
    if (quoted) throw invalidData(`${this.path}: the quotes that open in line ${startLine} are never closed`);
    starts.push(at);
    return { starts, lines, digest: hash.digest('hex') };
  }

  close(): void {
    if (!this.#isClosed) closeSync(this.#file);
    this.#isClosed = true;
  }

  #read(chunk: Buffer, at: number): number {
    return readSync(this.#file, chunk, 0, chunk.length, at);
  }
}
