/** Why an engine cannot go on, in the words that its callers hear. */
import { isAssertion } from '../base/index.ts';
import { type ErrorCode, orMemoryFull, TallystickError } from '../model/index.ts';

/** How an engine over files tells its failures apart. */
export interface FailureTerms {
  /** Throws `fence_lost` if another writer has the ledger. */
  readonly checkFence: () => void;
  /** The caller handed the storage in, and knows its errors by their own names: they are passed on as they are. */
  readonly foreignStorage: boolean;
}

/** A replaced writer may fail on any file. We check the fence first, so that the caller hears `fence_lost`. */
export function reasonOf(error: unknown, terms?: FailureTerms): unknown {
  try {
    terms?.checkFence();
  } catch (lost) {
    if (lost instanceof TallystickError && lost.code === 'fence_lost') return lost;
  }
  const named = orMemoryFull(error);
  if (named instanceof TallystickError || terms?.foreignStorage === true) return named;
  return new TallystickError('engine_failed', String(error), { cause: error });
}

/** Whatever contradicts our own assertions here came from the disk, whatever its checksums say. */
export function fromDisk(code: ErrorCode, what: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    if (!isAssertion(cause)) throw cause;
    throw new TallystickError(code, `${what} (${(cause as Error).message})`, { cause });
  }
}
