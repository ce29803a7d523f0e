/**
 * Whole files of a ledger lost, emptied, cut, older than the others, and the last flush damaged: after a kill, some
 * time after everything was told, and after a close in order. Opening finds all that was told, or says by name that
 * it does not; less without a word is lost, however it came about.
 */

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDamage } from '../sim/failure.ts';
import { openFolder } from '../src/engine/index.ts';
import { TallystickError } from '../src/index.ts';
import { ObjectLedger } from '../src/model/index.ts';
import { Random } from '../testing/model/random.ts';
import { collect } from './collect.ts';
import { ledgerDoor } from './doors.ts';
import { lastFlush } from './last-flush.ts';
import { Tally } from './tally.ts';
import { makeSpecimens, type ToldSpecimen } from './told-specimens.ts';

export interface WholeFilesOptions {
  readonly seed: number;
  /** Places of each kind in each file: cuts, and blocks that are zeroed. */
  readonly places: number;
  /** Bits of the last flush that are inverted, of each specimen; a quarter as many of its sectors are zeroed. */
  readonly flips: number;
  /** Also a ledger with more than one full segment: seconds more, and some 100 MB. */
  readonly large: boolean;
}

/** Something done to the copy of a ledger in a folder. */
interface Fault {
  /** Without a place: of many of a kind one is told. */
  readonly kind: string;
  readonly place?: string;
  readonly file: string | undefined;
  readonly act: (folder: string) => void;
}

interface Outcome {
  readonly name: 'a named error' | 'everything there' | 'told and not there' | 'wrong';
  /** Told transfers. */
  readonly lost: number;
  readonly said: string;
}

/** Bytes of a block go or stay together. */
const BLOCK = 4096;
const SECTOR = 512;
/** One in so many refusals is followed by putting the file back. */
const HEALED = 5;

export async function wholeFiles(home: string, options: WholeFilesOptions): Promise<Tally> {
  const tally = new Tally('whole files lost, emptied, cut or older, the last flush damaged');
  const random = new Random(options.seed);
  const outcomes = new Map<Outcome['name'], number>();
  const specimens: string[] = [];
  const failures = new Failures();
  for await (const specimen of makeSpecimens(join(home, 'told'), random, options.large)) {
    specimens.push(specimen.name);
    tally.checked += specimen.told;
    for (const fault of faultsOf(specimen, options, random)) {
      const outcome = await suffer(join(home, 'damaged'), specimen, fault, random);
      outcomes.set(outcome.name, (outcomes.get(outcome.name) ?? 0) + 1);
      failures.add(`${specimen.name}, ${fault.kind}`, fault.place ?? '', outcome);
      tally.injected++;
      await collect();
    }
    rmSync(specimen.home, { recursive: true });
  }
  failures.tell(tally);
  const counts = [...outcomes].map(([outcome, count]) => `${outcome}: ${count.toLocaleString('en-US')}`);
  tally.how = `${counts.join(', ')}; ${specimens.join('; ')}`;
  return tally;
}

/** Broken promises, kind by kind: a kind that fails does so hundreds of times. */
class Failures {
  readonly #kinds = new Map<string, { first: string; times: number; lost: number; wrong: number }>();

  add(kind: string, place: string, { name, lost, said }: Outcome): void {
    if (name !== 'told and not there' && name !== 'wrong') return;
    const known = this.#kinds.get(kind) ?? { first: `${place} ${said}`.trim(), times: 0, lost: 0, wrong: 0 };
    known.times++;
    known.lost += lost;
    if (name === 'wrong') known.wrong++;
    this.#kinds.set(kind, known);
  }

  tell(tally: Tally): void {
    for (const [kind, { first, times, lost, wrong }] of this.#kinds) {
      tally.findings.push(`${kind}: ${first}${times > 1 ? `, and ${times - 1} more of the kind` : ''}`);
      tally.lost += lost;
      tally.wrong += wrong;
    }
  }
}

async function suffer(folder: string, specimen: ToldSpecimen, fault: Fault, random: Random): Promise<Outcome> {
  rmSync(folder, { recursive: true, force: true });
  cpSync(specimen.folder, folder, { recursive: true });
  fault.act(folder);
  try {
    const lost = await missing(folder, specimen);
    if (lost instanceof TallystickError) {
      await refused(folder, specimen, fault, lost, random);
      return { name: 'a named error', lost: 0, said: lost.code };
    }
    const said = `${lost} of ${specimen.told} told transfers are not there`;
    return { name: lost === 0 ? 'everything there' : 'told and not there', lost, said };
  } catch (error) {
    const { message, code = '' } = error as Error & { code?: string };
    return { name: 'wrong', lost: 0, said: `${code} ${message}` };
  }
}

/** Throws unless `error` is a name for what was done, and everything is there once the file is put back. */
async function refused(
  folder: string,
  specimen: ToldSpecimen,
  { file }: Fault,
  error: TallystickError,
  random: Random,
): Promise<void> {
  // A person must say who holds a lock that cannot be read.
  const isUnread = error.code === 'locked' && file?.endsWith('.lock') === true;
  if (!isUnread && !isDamage(error)) throw error;
  // An older superblock beside a newer lock is another fault.
  if (file === undefined || file === 'superblock' || random.below(HEALED) > 0) return;
  cpSync(join(specimen.folder, file), join(folder, file));
  const found = await missing(folder, specimen);
  if (found !== 0) throw new Error(`with the file put back: ${String(found)}`);
}

/** How many told transfers the ledger does not have, or what it says instead. */
async function missing(folder: string, specimen: ToldSpecimen): Promise<number | TallystickError> {
  try {
    const { engine } = await openFolder(folder, { mode: 'inline', sizes: specimen.sizes });
    const ledger = new ObjectLedger(engine);
    try {
      return await specimen.missing(ledgerDoor('copy', ledger));
    } finally {
      await ledger.close().catch(() => {});
    }
  } catch (error) {
    if (error instanceof TallystickError) return error;
    throw error;
  }
}

function* faultsOf(specimen: ToldSpecimen, options: WholeFilesOptions, random: Random): Generator<Fault> {
  for (const file of filesOf(specimen.folder)) {
    const fault = (kind: string, act: (path: string) => void, place?: number): Fault => ({
      kind: `${file} ${kind}`,
      ...(place === undefined ? {} : { place: `at byte ${place}` }),
      file,
      act: (folder) => act(join(folder, file)),
    });
    const bytes = readFileSync(join(specimen.folder, file));
    yield fault('lost', (path) => rmSync(path));
    yield fault('emptied', (path) => truncateSync(path, 0));
    for (let place = 0; bytes.length > 0 && place < options.places; place++) {
      const size = random.below(random.chance(0.5) ? bytes.length : usedOf(bytes));
      yield fault('cut', (path) => truncateSync(path, size), size);
      const from = random.below(Math.ceil(usedOf(bytes) / BLOCK)) * BLOCK;
      yield fault('with a block of zeros', (path) => zero(path, from, BLOCK), from);
    }
    for (const { name, folder } of specimen.older) {
      const before = join(folder, file);
      if (!existsSync(before) || readFileSync(before).equals(bytes)) continue;
      yield fault(`as in ${name}`, (path) => cpSync(before, path));
    }
  }
  yield* faultsOfMany(specimen);
  yield* faultsOfLastFlush(specimen, options.flips, random);
}

/**
 * Sets of files that are older than the rest. If there are runs, they know better than an older journal and superblock;
 * without them nothing is left that could, as with a ledger that is older as a whole: only its clients can tell.
 */
const MIXTURES: readonly (readonly string[])[] = [
  ['journal'],
  ['superblock', 'journal'],
  ['superblock', 'journal', 'snapshots'],
];

function* faultsOfMany(specimen: ToldSpecimen): Generator<Fault> {
  for (const part of ['journal', 'snapshots', 'runs']) {
    const inside = filesOf(specimen.folder).filter((file) => file.startsWith(`${part}/`));
    if (inside.length === 0) continue;
    yield {
      kind: `${part}/ lost`,
      file: undefined,
      act: (folder) => rmSync(join(folder, part), { recursive: true }),
    };
    yield {
      kind: `every file in ${part}/ emptied`,
      file: undefined,
      act: (folder) => {
        for (const file of inside) truncateSync(join(folder, file), 0);
      },
    };
  }
  for (const { name, folder: older } of specimen.older) {
    const hasRuns = filesOf(specimen.folder).some((file) => file.startsWith('runs/'));
    for (const parts of hasRuns ? MIXTURES : MIXTURES.slice(0, 1)) {
      yield {
        kind: `${parts.join(', ')} as in ${name}`,
        file: undefined,
        act: (folder) => {
          for (const part of parts) {
            rmSync(join(folder, part), { recursive: true, force: true });
            cpSync(join(older, part), join(folder, part), { recursive: true });
          }
        },
      };
    }
  }
}

function* faultsOfLastFlush(specimen: ToldSpecimen, flips: number, random: Random): Generator<Fault> {
  const { file, from, to } = lastFlush(specimen.folder);
  const fault = (kind: string, place: number, act: (path: string) => void): Fault => ({
    kind: `last flush ${kind}`,
    place: `${file} at byte ${place}; the flush is ${from} to ${to}`,
    file,
    act: (folder) => act(join(folder, file)),
  });
  for (let flip = 0; flip < flips; flip++) {
    const at = random.between(from, to - 1);
    const bit = random.below(8);
    yield fault('with a bit inverted', at, (path) => {
      const bytes = readFileSync(path);
      bytes[at]! ^= 1 << bit;
      writeFileSync(path, bytes);
    });
    if (flip % 4 > 0) continue;
    // Earlier durable bytes stay as they were.
    const sector = Math.floor(random.between(from, to - 1) / SECTOR) * SECTOR;
    const start = Math.max(from, sector);
    yield fault('with a sector of zeros', start, (path) => zero(path, start, sector + SECTOR - start));
  }
}

function zero(path: string, from: number, size: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0, from, Math.min(from + size, bytes.length));
  writeFileSync(path, bytes);
}

/** Bytes up to the last that is not zero. */
function usedOf(bytes: Buffer): number {
  let used = bytes.length;
  while (used > 1 && bytes[used - 1] === 0) used--;
  return used;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort();
}
