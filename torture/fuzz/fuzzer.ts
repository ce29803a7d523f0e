/**
 * Inputs that reach code which no input has reached yet are kept, and changed further: the search follows the branches
 * of what is tried.
 */
import { Random } from '../../testing/model/random.ts';
import type { Coverage } from './coverage.ts';
import { mutated } from './mutate.ts';

export interface Target {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** Throws when the input finds something. */
  try(input: Uint8Array): Promise<void> | void;
}

export interface Fuzzed {
  readonly target: string;
  readonly inputs: number;
  readonly kept: number;
  /** Blocks of the project's code that were reached. */
  readonly blocks: number;
  readonly findings: readonly { readonly input: string; readonly error: string }[];
}

/** Inputs between two looks at the coverage. */
const GROUP = 32;
const FINDINGS_MAX = 5;

export async function fuzz(target: Target, coverage: Coverage, milliseconds: number, seed: number): Promise<Fuzzed> {
  const random = new Random(seed);
  const corpus: Uint8Array[] = [];
  const seen = new Set<string>();
  const findings: { input: string; error: string }[] = [];
  const places = new Set<string>();
  let inputs = 0;
  const attempt = async (input: Uint8Array): Promise<void> => {
    inputs++;
    try {
      await target.try(input);
    } catch (error) {
      const text = (error as Error).stack ?? String(error);
      // The same place once.
      const place = text
        .split('\n')
        .filter((line) => line.startsWith('    at '))
        .slice(0, 3)
        .join();
      if (places.has(place)) return;
      places.add(place);
      findings.push({ input: Buffer.from(input).toString('hex'), error: text });
    }
  };
  /** Keeps those of a group that reach what was not seen before. */
  const keep = async (group: readonly Uint8Array[], fresh: Set<string>): Promise<void> => {
    for (const input of group) {
      if (fresh.size === 0) return;
      await attempt(input);
      const found = [...coverage.take()].filter((block) => fresh.delete(block));
      if (found.length > 0) corpus.push(input);
    }
  };
  const parent = (): Uint8Array =>
    corpus.length > 0 && random.chance(0.9) ? random.pick(corpus) : random.pick(target.seeds);
  const ends = performance.now() + milliseconds;
  let group: readonly Uint8Array[] = target.seeds;
  coverage.take();
  do {
    for (const input of group) await attempt(input);
    const fresh = new Set([...coverage.take()].filter((block) => !seen.has(block)));
    for (const block of fresh) seen.add(block);
    if (fresh.size > 0) await keep(group, fresh);
    group = Array.from({ length: GROUP }, () => mutated(parent(), parent(), random));
  } while (performance.now() < ends && findings.length < FINDINGS_MAX);
  return { target: target.name, inputs, kept: corpus.length, blocks: seen.size, findings };
}
