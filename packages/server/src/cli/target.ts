/** The ledger that a word of the command line means: a folder, `:memory:`, or the address of a server. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  connect,
  type FolderLedger,
  type Ledger,
  open,
  type Pin,
  type RecoveryProgress,
  TallystickError,
} from 'tallystick';
import { describe } from 'tallystick/internal/client';
import { type Progress, patientBar } from './terminal.ts';

const MIB = 2 ** 20;

/** The address that the environment or `--connection` names, where the command line names none. */
export function describedAddress(): string | undefined {
  const { addresses } = describe([]);
  return addresses.length === 0 ? undefined : addresses.join(',');
}

/** Whether `target` is an address and not a folder. */
export function isAddress(target: string): boolean {
  return /^([a-z][a-z0-9+.-]*:\/\/|unix:)/i.test(target);
}

/**
 * Opens it; a folder that is not there becomes a new ledger. A server is held to the `pin`, which folders do not take.
 */
export async function openTarget(target: string, pin?: Pin): Promise<Ledger> {
  // The path of a socket may hold a comma.
  const addresses = target.startsWith('unix:') ? [target] : target.split(',');
  if (isAddress(target)) return connect(addresses, pin === undefined ? {} : { pin });
  refusePin(target, pin);
  return target === ':memory:' ? open(':memory:') : openLedger(target);
}

/** The shards in a folder of shards; else the ledger itself. */
export function foldersOf(target: string): string[] {
  if (isAddress(target) || !existsSync(target)) return [target];
  const shards = readdirSync(target).filter((name) => /^shard-\d+$/.test(name));
  if (shards.length === 0) return [target];
  return shards.map((_, shard) => join(target, `shard-${shard}`));
}

/** Opens the ledger in a folder, with a bar when that takes longer than a second. */
export async function openLedger(folder: string): Promise<FolderLedger> {
  let bar: Progress | undefined;
  const recovering = ({ bytes, bytesTotal }: RecoveryProgress): void => {
    if (bytesTotal === 0) return;
    bar ??= patientBar('recovering, MiB', Math.round(bytesTotal / MIB));
    bar.update(Math.round(bytes / MIB));
  };
  try {
    return await open(folder, { recovering });
  } finally {
    bar?.stop();
  }
}

/** Throws `invalid_argument` if there is a pin where no server is. */
export function refusePin(folder: string, pin: Pin | undefined): void {
  if (pin === undefined) return;
  throw new TallystickError('invalid_argument', `--pin goes with the address of a server, which ${folder} is not`);
}
