/**
 * Every field of every file of a ledger, inverted, zeroed, filled and replaced: opening or asking says what is damaged,
 * or nothing has changed. Never a wrong answer, and with the bytes put back the ledger is whole.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDamage } from '../sim/failure.ts';
import { TallystickError } from '../src/index.ts';
import { Random } from '../testing/model/random.ts';
import { type Field, fieldsOf } from './fields.ts';
import { answersOf, openSpecimen, type Specimen, specimens } from './specimen.ts';
import { Tally } from './tally.ts';

const CHANGES = {
  'one bit': (bytes: Buffer, random: Random): void => {
    const bit = random.below(bytes.length * 8);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  },
  zeros: (bytes: Buffer, _random: Random): void => {
    bytes.fill(0);
  },
  ones: (bytes: Buffer, _random: Random): void => {
    bytes.fill(0xff);
  },
  'other bytes': (bytes: Buffer, random: Random): void => {
    for (let at = 0; at < bytes.length; at++) bytes[at] = random.below(256);
  },
} as const;

/** One in so many refusals is followed by putting the bytes back. */
const HEALED = 5;
/** Findings of one specimen, at most: more tell nothing new. */
const FINDINGS_MAX = 200;

export async function corrupted(
  home: string,
  seed: number,
  casesMax: number = Number.POSITIVE_INFINITY,
): Promise<Tally> {
  const tally = new Tally('every field of every file damaged');
  const random = new Random(seed);
  const { closed, killed } = await specimens(home);
  const outcomes = { 'a named error': 0, 'nothing changed': 0, 'the last batch lost': 0 };
  for (const [name, specimen] of Object.entries({ closed, killed })) {
    const cases = fieldsOf(specimen.folder).flatMap((field) =>
      (Object.keys(CHANGES) as (keyof typeof CHANGES)[]).map((change) => ({ field, change })),
    );
    tally.checked += specimen.told;
    const share = Math.min(1, casesMax / 2 / cases.length);
    for (const { field, change } of cases) {
      if (!random.chance(share)) continue;
      const what = `${name}, ${field.file} ${field.name}: ${change}`;
      try {
        const outcome = await damaged(home, specimen, field, change, random);
        outcomes[outcome]++;
        if (outcome === 'the last batch lost') tally.lose(`${what}: told, and not there`, specimen.lastBatch);
      } catch (error) {
        const { message, code = '' } = error as Error & { code?: string };
        tally.err(`${what}: ${code} ${message}`);
      }
      tally.injected++;
      if (tally.findings.length > FINDINGS_MAX) break;
    }
  }
  tally.how = Object.entries(outcomes)
    .map(([outcome, count]) => `${outcome}: ${count}`)
    .join(', ');
  return tally;
}

type Outcome = 'a named error' | 'nothing changed' | 'the last batch lost';

async function damaged(
  home: string,
  specimen: Specimen,
  field: Field,
  change: keyof typeof CHANGES,
  random: Random,
): Promise<Outcome> {
  const folder = join(home, 'damaged');
  rmSync(folder, { recursive: true, force: true });
  cpSync(specimen.folder, folder, { recursive: true });
  const path = join(folder, field.file);
  const bytes = readFileSync(path);
  const before = Buffer.from(bytes.subarray(field.offset, field.offset + field.size));
  CHANGES[change](bytes.subarray(field.offset, field.offset + field.size), random);
  writeFileSync(path, bytes);
  const answers = await ask(folder);
  if (answers === specimen.whole) return 'nothing changed';
  if (answers instanceof TallystickError) {
    if (!isDamage(answers)) throw answers;
    if (random.below(HEALED) === 0) await heal(folder, path, field, before, specimen);
    return 'a named error';
  }
  if (answers === specimen.before) return 'the last batch lost';
  throw new Error('the answers are wrong');
}

/** The ledger's answers, or its error; anything else is thrown. */
async function ask(folder: string): Promise<string | TallystickError> {
  try {
    const port = await openSpecimen(folder);
    try {
      return await answersOf(port);
    } finally {
      await port.close().catch(() => {});
    }
  } catch (error) {
    if (error instanceof TallystickError) return error;
    throw error;
  }
}

async function heal(folder: string, path: string, field: Field, before: Buffer, specimen: Specimen): Promise<void> {
  const bytes = readFileSync(path);
  before.copy(bytes, field.offset);
  writeFileSync(path, bytes);
  const answers = await ask(folder);
  if (answers !== specimen.whole) throw new Error(`with the bytes put back: ${String(answers).slice(0, 200)}`);
}
