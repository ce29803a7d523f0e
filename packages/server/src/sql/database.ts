/** A database that a ledger is projected into. */
import { TallystickError } from 'tallystick/internal/model';
import type { Step } from './tables.ts';

/** The version of the tables; another one is refused. */
export const VERSION = 1;

/** How far a projection has come. It stands in the database, and moves with the rows that it is about. */
export interface Position {
  /** As 32 digits of hex. */
  readonly ledgerId: string;
  /** The timestamp of the newest account, and of the newest change; 0 before the first. */
  readonly accounts: bigint;
  readonly changes: bigint;
  /** The transfer of the newest change: a ledger that has another one there, or none, has another past. */
  readonly transferId: bigint;
}

export interface SqlDatabase {
  /** Makes the tables where there are none, and reads how far they are. Rejects as {@link SqlDatabase.apply} does. */
  position(): Promise<Position | undefined>;
  /**
   * Puts the rows in and moves the position, in one transaction. Rejects with `locked` if the position is another one
   * than `from`, with `unreachable` if the database may answer later (then the outcome is unknown, and the position
   * tells it), and with `invalid_argument` if it refuses.
   */
  apply(step: Step, from: Position | undefined, to: Position): Promise<void>;
  /** What is done when the projection has caught up. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export function positionMoved(): TallystickError {
  return new TallystickError('locked', 'another projection moves the position in this database: end one of the two');
}

export function refused(database: string, cause: unknown): TallystickError {
  return new TallystickError('invalid_argument', `${database} refuses: ${(cause as Error).message}`, { cause });
}

export function otherVersion(version: number): TallystickError {
  return new TallystickError(
    'format_newer',
    `the tables in the schema tallystick are of version ${version}, and this program writes ${VERSION}: drop the ` +
      'schema, and project again',
  );
}

export function missing(name: string, cause: unknown): unknown {
  if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') return cause;
  return new TallystickError('package_missing', `this database wants a package: npm install ${name}`, { cause });
}
