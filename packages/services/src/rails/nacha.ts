/**
 * Files of NACHA: records of 94 characters, ten to a block. Payouts go out as one batch of credits (PPD); the trace
 * number of each ends in its ordinal on the rail, by which a return names it.
 */
import { invalid } from 'tallystick/internal/model';
import type { FileContent, Instruction } from './pain001.ts';
import type { Rail } from './rail.ts';

const RECORD = 94;
const BLOCK = 10;
/** So many trace numbers there are; then they begin again. */
export const SEQUENCES: number = 10_000_000;
const HASH_DIGITS = 10;
const MODIFIERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const ADDENDA_MAX = 80;
const CODES = { checking: '22', savings: '32' } as const;

/** Left, padded with blanks, cut. Files are ASCII in capitals. */
function text(value: string, size: number): string {
  return value
    .toUpperCase()
    .replaceAll(/[^\x20-\x7e]/g, ' ')
    .slice(0, size)
    .padEnd(size);
}

/** Right, padded with zeros. */
function digits(value: bigint | number | string, size: number): string {
  const found = String(value);
  if (found.length > size) throw invalid(`${found} has more than ${size} digits`);
  return found.padStart(size, '0');
}

/** The last digits of a trace number: the ordinal, which begins again after ten million. */
export const sequenceOf = (ordinal: number): number => ordinal % SEQUENCES;

/** `n`: the number of the file on its rail. */
export function writeNacha(rail: Rail, { at, instructions }: FileContent, n: number): Uint8Array {
  const { routing = '', company = '', name } = rail.own;
  const when = new Date(Number(at / 1_000_000n)).toISOString();
  const day = when.slice(2, 10).replaceAll('-', '');
  const time = when.slice(11, 16).replace(':', '');
  const bank = routing.slice(0, 8);
  const entries = instructions.flatMap((one) => entryOf(one, bank));
  const count = digits(entries.length, 6);
  const total = instructions.reduce((sum, { units }) => sum + units, 0n);
  const hash = instructions.reduce((sum, { words }) => sum + BigInt(words.to.routing!.slice(0, 8)), 0n);
  const sums = String(hash).slice(-HASH_DIGITS).padStart(HASH_DIGITS, '0') + digits(0, 12) + digits(total, 12);
  const modifier = MODIFIERS[(n - 1) % MODIFIERS.length]!;
  const records = [
    `101 ${digits(routing, 9)}${text(company, 10)}${day}${time}${modifier}094101` +
      `${text('', 23)}${text(name, 23)}${text(n.toString(36), 8)}`,
    `5220${text(name, 16)}${text('', 20)}${text(company, 10)}PPD${text('PAYOUT', 10)}${text('', 6)}${day}` +
      `${text('', 3)}1${bank}${digits(1, 7)}`,
    ...entries,
    `8220${count}${sums}${text(company, 10)}${text('', 25)}${bank}${digits(1, 7)}`,
  ];
  const blocks = Math.ceil((records.length + 1) / BLOCK);
  records.push(`9${digits(1, 6)}${digits(blocks, 6)}${digits(entries.length, 8)}${sums}${text('', 39)}`);
  while (records.length < blocks * BLOCK) records.push('9'.repeat(RECORD));
  return new TextEncoder().encode(`${records.join('\n')}\n`);
}

function entryOf({ units, words, ordinal }: Instruction, bank: string): string[] {
  const { to, reference } = words;
  const sequence = digits(sequenceOf(ordinal), 7);
  const flag = reference === undefined ? '0' : '1';
  const entry =
    `6${CODES[to.account_kind ?? 'checking']}${to.routing}${text(to.account!, 17)}${digits(units, 10)}` +
    `${text(String(ordinal), 15)}${text(to.name, 22)}${text('', 2)}${flag}${bank}${sequence}`;
  if (reference === undefined) return [entry];
  return [entry, `705${text(reference, ADDENDA_MAX)}${digits(1, 4)}${sequence}`];
}

/** A payout that came back, by the last digits of its trace number. */
export interface NachaReturn {
  readonly sequence: number;
  /** R01 to R85. */
  readonly reason: string;
}

/** Whether bytes begin as such a file does. */
export const isNacha = (bytes: Uint8Array): boolean => new TextDecoder().decode(bytes.slice(0, 3)) === '101';

/**
 * The returns of a file, by their addenda of type 99. Notices of change (98) say nothing of money. Throws
 * `invalid_argument` for what is no such file.
 */
export function readNachaReturns(bytes: Uint8Array): NachaReturn[] {
  const rows = new TextDecoder()
    .decode(bytes)
    .split(/\r?\n/)
    .filter((row) => row !== '');
  const odd = rows.findIndex((row) => row.length !== RECORD);
  if (odd >= 0) throw invalid(`record ${odd + 1} has ${rows[odd]!.length} characters, and not ${RECORD}`);
  if (!rows.some((row) => row.startsWith('9'))) throw invalid('the file has no end');
  return rows.flatMap((row) => {
    const [, reason, sequence] = /^799(R\d{2})\d{8}(\d{7})/.exec(row) ?? [];
    return reason === undefined ? [] : [{ reason, sequence: Number(sequence) }];
  });
}
