/** Reads an archive line by line. */
import { isoText } from '../base/index.ts';
import {
  type Account,
  Cells,
  decodeAccount,
  decodeTransfer,
  invalid,
  named,
  TallystickError,
  type Transfer,
  U64_MAX,
} from '../model/index.ts';
import { packRecord, plainRecords, readJson, wideOf } from '../wire/index.ts';
import {
  ARCHIVE_VERSION,
  ARCHIVE_VERSION_WITHOUT_DATES,
  ARCHIVE_VERSION_WITHOUT_SUMS,
  type ArchiveCounts,
} from './archive.ts';
import { SumCheck } from './archive-sums.ts';
import type { ArchiveSource } from './source.ts';

export type ArchiveLine =
  | { readonly kind: 'account'; readonly line: number; readonly account: Account }
  | { readonly kind: 'transfer'; readonly line: number; readonly transfer: Transfer }
  | { readonly kind: 'expiry'; readonly line: number; readonly transferId: bigint; readonly timestamp: bigint };

/**
 * Every record of the archive, in order; a whole archive, or it throws `book_invalid` with the line. `visit` hears of
 * bytes that were read, `began` whether the archive has sums. A record comes before the sum that it is part of: whoever
 * acts on one has read all of them before.
 */
export async function* archiveLines(
  source: ArchiveSource,
  visit: (bytes: number) => void = () => {},
  began: (hasSums: boolean) => void = () => {},
): AsyncGenerator<ArchiveLine> {
  const counts = { accounts: 0, transfers: 0, expiries: 0 };
  let sums: SumCheck | undefined;
  let number = 0;
  let ended = false;
  for await (const text of lines(source, visit)) {
    number++;
    if (text === '') continue;
    const bad = (why: string, cause?: unknown): TallystickError =>
      new TallystickError('book_invalid', `${source.name}:${number}: ${why}`, { cause });
    let value: unknown;
    try {
      value = readJson(Buffer.from(text), '');
    } catch (cause) {
      throw bad((cause as Error).message, cause);
    }
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    const [kind, content] = entries[0] ?? [];
    if (number === 1) {
      if (isHead(kind, content, bad)) sums = new SumCheck();
      began(sums !== undefined);
      sums?.isSum(text, number, [kind, content], bad);
      continue;
    }
    if (ended) throw bad('something follows the end');
    if (sums?.isSum(text, number, [kind, content], bad) === true) continue;
    if (entries.length !== 1) throw bad('a line has one thing in it');
    if (typeof content !== 'object' || content === null) throw bad(`${named(String(kind))} must be an object`);
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
        yield { kind, line: number, ...expiryOf(content as { [name: string]: unknown }) };
      } else throw bad(`${named(String(kind))} is nothing that an archive has`);
    } catch (error) {
      if (error instanceof TallystickError && error.code === 'invalid_argument') throw bad(error.message, error);
      throw error;
    }
  }
  const { name } = source;
  if (!ended) throw new TallystickError('book_invalid', `${name} ends within the archive: its last line is missing`);

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

/** Whether the archive has sums. Throws what `bad` makes of a line that is no head of one. */
function isHead(kind: string | undefined, content: unknown, bad: (why: string) => TallystickError): boolean {
  if (kind !== 'archive')
    throw bad(`an archive begins with {"archive":${ARCHIVE_VERSION}}; \`tallystick export FOLDER\` writes one`);
  if (content === ARCHIVE_VERSION_WITHOUT_SUMS) return false;
  if (content !== ARCHIVE_VERSION && content !== ARCHIVE_VERSION_WITHOUT_DATES)
    throw bad(`format ${named(String(content))}; this Tallystick reads up to ${ARCHIVE_VERSION}`);
  return true;
}

/** Throws `invalid_argument`. */
function expiryOf(content: { readonly [name: string]: unknown }): { transferId: bigint; timestamp: bigint } {
  const { transfer_id, timestamp, timestamp_iso, ...others } = content;
  const [other] = Object.keys(others);
  if (other !== undefined) throw invalid(`expiry has no field ${named(other)}`);
  const expired = {
    transferId: wideOf(transfer_id, () => 'transfer_id'),
    timestamp: wideOf(timestamp, () => 'timestamp', U64_MAX),
  };
  if (timestamp_iso === undefined || timestamp_iso === isoText(expired.timestamp)) return expired;
  throw invalid('expiry.timestamp_iso is another time than timestamp');
}

const cells: Cells = Cells.of(128);

/** Good until the next call. */
function packed(record: 'Account' | 'Transfer', content: unknown, path: string): Cells {
  cells.bytes.fill(0);
  packRecord(plainRecords.get(record)!, content, cells, 0, () => path);
  return cells;
}

/** Without their ends. */
async function* lines(source: ArchiveSource, visit: (bytes: number) => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source.read()) {
    visit(chunk.length);
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest !== '') yield rest;
}
