import { type ErrorCode, TallystickError } from '../src/model/index.ts';

/** What bytes that are not what was written may be called. */
const DAMAGE: readonly ErrorCode[] = [
  'journal_corrupt',
  'snapshot_corrupt',
  'run_corrupt',
  'format_foreign',
  'format_newer',
];

export function isDamage(error: unknown): error is TallystickError {
  return error instanceof TallystickError && DAMAGE.includes(error.code);
}

/** A promise that was broken, and which one. */
export class Broken extends Error {
  override readonly name = 'Broken';
  /** The checker that noticed. */
  readonly checker: string;

  constructor(checker: string, what: string) {
    super(what);
    this.checker = checker;
  }
}

/** What one seed's run came to. */
export interface Outcome {
  /** Of everything that was said and found; two runs of a seed have the same. */
  readonly digest: string;
  /** How often each kind of thing happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** Of the workload, told to the ledger. */
  readonly batches: number;
}
