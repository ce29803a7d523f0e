/**
 * What an archive's lines add up to: every so many, and before the last, a line says the SHA-256 of all bytes before
 * it. A digit that was changed on the way is found, and between which lines.
 */
import { createHash, type Hash } from 'node:crypto';

/** Lines from one sum to the next. */
export const SUM_LINES = 1024;

export class ArchiveSums {
  readonly #hash: Hash = createHash('sha256');
  /** Since the last sum. */
  lines = 0;

  /** A line without its end. */
  add(line: string): void {
    this.#hash.update(line).update('\n');
    this.lines++;
  }

  /** Of all lines so far, as hexadecimal digits. */
  get digest(): string {
    return this.#hash.copy().digest('hex');
  }
}

/** Goes along with the lines of an archive that bears sums. */
export class SumCheck {
  readonly #sums = new ArchiveSums();
  #from = 1;

  /** Whether the line is a sum; `bad` makes an error of what is wrong with it, or with those before it. */
  isSum(line: string, number: number, [kind, sum]: readonly [unknown, unknown], bad: (why: string) => Error): boolean {
    if (kind === 'sum' && sum !== this.#sums.digest) {
      throw bad(`the lines from ${this.#from} to here are not those that were exported: their sum is another`);
    }
    if (kind === 'end' && this.#sums.lines > 0) throw bad('the sum before the end is missing');
    this.#sums.add(line);
    if (kind !== 'sum') return false;
    this.#from = number + 1;
    this.#sums.lines = 0;
    return true;
  }
}

/** Pieces of an archive, with its sums among them. The last line, which counts the others, is behind the last sum. */
export async function* summed(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  const sums = new ArchiveSums();
  const sumLine = (): string => {
    const line = JSON.stringify({ sum: sums.digest });
    sums.add(line);
    sums.lines = 0;
    return `${line}\n`;
  };
  for await (const piece of pieces) {
    let text = '';
    for (const line of piece.split('\n').slice(0, -1)) {
      if (sums.lines >= SUM_LINES || line.startsWith('{"end":')) text += sumLine();
      sums.add(line);
      text += `${line}\n`;
    }
    yield text;
  }
}
