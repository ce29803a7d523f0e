/**
 * Keeps a reserve on the ledger's disk. A journal that meets a full disk in the middle of a write ends the engine, and
 * nobody reads any more; so creates are refused while there is little room, and everything else goes on.
 *
 *   free < reserve          creates are refused with `disk_full`
 *   free > reserve * 5/4    they are taken again
 */
import { TallystickError } from '../model/index.ts';
import { type Space, spaceOf } from '../platform/index.ts';
import type { Engine } from './engine.ts';

/** Room for a segment that is written ahead, and for a run and a snapshot that are being made. */
const RESERVE_SIZE = 256 * 2 ** 20;
/** A small disk keeps no more of itself than that free. */
const RESERVE_SHARE = 1 / 20;
const AGAIN = 5 / 4;
const LOOK_MS = 1000;
/** Where there is little more than the reserve, a fast writer is there before a second has passed. */
const LOOK_SOON_MS = 50;
const SOON = 8;

export interface SpaceOptions {
  /** Bytes to be kept free; 0: none. */
  readonly reserve?: number;
  readonly spaceOf?: (folder: string) => Promise<Space>;
}

/** Looks until the engine ends, which it holds no longer then; keeps no process alive. */
export function watchSpace(engine: Engine, folder: string, options: SpaceOptions = {}): void {
  const { reserve = RESERVE_SIZE, spaceOf: look = spaceOf } = options;
  const check = async (): Promise<number> => {
    const { free, total } = await look(folder);
    const wanted = Math.min(reserve, total * RESERVE_SHARE);
    if (free < wanted) engine.writesRefused = refusal(free, wanted);
    else if (free > wanted * AGAIN) engine.writesRefused = undefined;
    return free < wanted * SOON ? LOOK_SOON_MS : LOOK_MS;
  };
  const again = async (): Promise<void> => {
    // A disk that cannot be asked says so to those who write.
    const wait = await check().catch(() => LOOK_MS);
    if (engine.accepting) timer = setTimeout(() => void again(), wait).unref();
  };
  // Not at once: it takes threads of Node's own, and a ledger that is opened only to be closed needs none.
  let timer = reserve > 0 ? setTimeout(() => void again(), LOOK_SOON_MS).unref() : undefined;
  engine.atEnd(() => clearTimeout(timer));
}

function refusal(free: number, wanted: number): TallystickError {
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return new TallystickError(
    'disk_full',
    `the disk has ${mib(free)} left, and ${mib(wanted)} are kept free: nothing was done, and reads go on`,
  );
}
