/** Reads an archive line by line. */
import { createReadStream } from 'node:fs';
import {
  type Account,
  type Cells,
  decodeAccount,
  decodeTransfer,
  TallystickError,
  type Transfer,
} from '../../model/index.ts';
import { packRecord, plainRecords, wideOf } from '../../wire/index.ts';
import { ARCHIVE_VERSION, type ArchiveCounts } from './archive.ts';

export type ArchiveLine =
  | { readonly kind: 'account'; readonly line: number; readonly account: Account }
  | { readonly kind: 'transfer'; readonly line: number; readonly transfer: Transfer }
  | { readonly kind: 'expiry'; readonly line: number; readonly transferId: bigint; readonly timestamp: bigint };

const U64_MAX = 2n ** 64n - 1n;

/** Every record of the file, in order; a whole archive, or it throws `book_invalid` with the line. `visit` hears of bytes that were read. */
export async function* archiveLines(
  path: string,
  visit: (bytes: number) => void = () => {},
): AsyncGenerator<ArchiveLine> {
  const counts = { accounts: 0, transfers: 0, expiries: 0 };
  let number = 0;
  let ended = false;
  for await (const text of lines(path, visit)) {
    number++;
    if (text === '') continue;
    const bad = (why: string, cause?: unknown): TallystickError =>
      new TallystickError('book_invalid', `${path}:${number}: ${why}`, { cause });
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw bad('this is no line of JSON', cause);
    }
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    const [kind, content] = entries[0] ?? [];
    if (number === 1) {
      if (kind !== 'archive')
        throw bad('an archive begins with {"archive":1}; `tallystick export FOLDER --format jsonl` writes one');
      if (content !== ARCHIVE_VERSION) throw bad(`format ${content}; this Tallystick reads ${ARCHIVE_VERSION}`);
      continue;
    }
    if (ended) throw bad('something follows the end');
    if (entries.length !== 1) throw bad('a line has one thing in it');
    if (typeof content !== 'object' || content === null) throw bad(`${String(kind).slice(0, 64)} must be an object`);
    try {
      if (kind === 'end') {
        checkCounts(content as ArchiveCounts, counts);
        ended = true;
      } else if (kind === 'account') {
        counts.accounts++;
        yield { kind, line: number, account: decodeAccount(packed('Account', content, kind), 0) };
      } else if (kind === 'transfer') {
        counts.transfers++;
        yield { kind, line: number, transfer: decodeTransfer(packed('Transfer', content, kind), 0) };
      } else if (kind === 'expiry') {
        counts.expiries++;
        const { transfer_id, timestamp } = content as { transfer_id: unknown; timestamp: unknown };
        yield {
          kind,
          line: number,
          transferId: wideOf(transfer_id, () => 'transfer_id'),
          timestamp: wideOf(timestamp, () => 'timestamp', U64_MAX),
        };
      } else throw bad(`${String(kind).slice(0, 64)} is nothing that an archive has`);
    } catch (error) {
      if (error instanceof TallystickError && error.code === 'invalid_argument') throw bad(error.message, error);
      throw error;
    }
  }
  if (!ended) throw new TallystickError('book_invalid', `${path} ends within the archive: its last line is missing`);

  function checkCounts(said: ArchiveCounts, found: ArchiveCounts): void {
    for (const what of ['accounts', 'transfers', 'expiries'] as const) {
      if (said[what] !== found[what]) {
        throw new TallystickError(
          'invalid_argument',
          `the archive had ${said[what]} ${what}, and the file has ${found[what]}`,
        );
      }
    }
  }
}

const scratch = new Uint8Array(128);
const cells: Cells = { bytes: scratch, view: new DataView(scratch.buffer), u32: new Uint32Array(scratch.buffer) };

/** Good until the next call. */
function packed(record: 'Account' | 'Transfer', content: unknown, path: string): Cells {
  scratch.fill(0);
  packRecord(plainRecords.get(record)!, content, cells, 0, () => path);
  return cells;
}

/** Without their ends. */
async function* lines(path: string, visit: (bytes: number) => void): AsyncGenerator<string> {
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      visit(chunk.length);
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop()!;
      yield* parts;
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw new TallystickError('not_found', `The archive ${path} cannot be read.`, { cause });
  }
  if (rest !== '') yield rest;
}
