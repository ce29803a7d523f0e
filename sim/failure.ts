import { type ErrorCode, TallystickError } from '../src/model/index.ts';

/** Error codes that damaged bytes may get. */
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

/** Whether a create was refused for want of room before anything of it was done. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof TallystickError) || !error.message.includes('nothing was done')) return false;
  return error.code === 'disk_full' || error.code === 'memory_full';
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

/** The outcome of one seed's run. */
export interface Outcome {
  /** Digest of all requests, answers and findings; two runs of a seed have the same. */
  readonly digest: string;
  /** How often each kind of thing happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** Batches of the workload that the ledger got. */
  readonly batches: number;
}
