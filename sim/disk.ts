/** Changes that the simulator makes to files behind the ledger's back. */
import { TallystickError } from '../src/model/index.ts';
import { type FaultyStorage, PowerLost } from '../testing/disk/faulty-storage.ts';
import type { Io, IoFault } from '../testing/disk/io-fault.ts';
import type { Random } from '../testing/model/random.ts';
import type { Failure, Taste } from './taste.ts';

/**
 * Makes the locks in `folder` those of a process of an earlier boot: the simulator's processes die without ending this
 * one, whose name the locks bear.
 */
export function buryWriters(storage: FaultyStorage, folder: string): void {
  for (const name of storage.list(folder)) {
    if (!/^writer-\d+\.lock$/.test(name)) continue;
    const file = storage.open(`${folder}/${name}`, { mode: 'write', durable: true });
    const bytes = new Uint8Array(file.size());
    file.read(bytes, 0);
    const owner = JSON.parse(new TextDecoder().decode(bytes)) as object;
    file.truncate(0);
    file.write(new TextEncoder().encode(`${JSON.stringify({ ...owner, boot: 'an earlier one' })}\n`), 0);
    file.close();
  }
}

/** Inverts one bit of `path`, between the bytes `from` and `to`. Returns where, in words. */
export function flipBit(storage: FaultyStorage, path: string, from: number, to: number, random: Random): string {
  const byte = random.between(from, to - 1);
  const bit = random.below(8);
  storage.flip(path, byte * 8 + bit);
  return `bit ${bit} of byte ${byte} of ${path}`;
}

/** Bytes. */
export function sizeOf(storage: FaultyStorage, path: string): number {
  const file = storage.open(path, { mode: 'read' });
  const size = file.size();
  file.close();
  return size;
}

/** Makes `path` what it is in `older`; gone, if it is not there. */
export function swap(copy: FaultyStorage, older: FaultyStorage, path: string): void {
  if (copy.exists(path)) copy.remove(path);
  if (!older.exists(path)) return;
  const bytes = new Uint8Array(sizeOf(older, path));
  const from = older.open(path, { mode: 'read' });
  from.read(bytes, 0);
  from.close();
  const to = copy.open(path, { mode: 'create', durable: true });
  to.write(bytes, 0);
  to.close();
}

/** The errors that the ledger raises after `how`; none when its process has ended. */
const CODES: { readonly [how in Failure]: 'disk_full' | 'disk_failed' | undefined } = {
  power: undefined,
  kill: undefined,
  power_at_step: undefined,
  kill_at_step: undefined,
  disk_full: 'disk_full',
  enospc: 'disk_full',
  disk_failed: 'disk_failed',
  eio: 'disk_failed',
  emfile: 'disk_failed',
  sync_failed: 'disk_failed',
  look_failed: 'disk_failed',
};

/** Which steps of a disk may end in it. */
const STRIKES: { readonly [how in Failure]?: readonly Io['kind'][] } = {
  power_at_step: ['create', 'write', 'sync', 'truncate', 'rename', 'remove', 'sync_folder'],
  kill_at_step: ['create', 'write', 'sync', 'truncate', 'rename', 'remove', 'sync_folder'],
  eio: ['create', 'open', 'read', 'write', 'sync', 'truncate', 'rename', 'remove', 'sync_folder'],
  enospc: ['create', 'write', 'rename'],
  emfile: ['create', 'open'],
  sync_failed: ['sync'],
  look_failed: ['look'],
};

/** Lets `how` happen on `storage` after a while. */
export function strike(storage: FaultyStorage, how: Failure, random: Random, taste: Taste): void {
  if (STRIKES[how] === undefined) {
    storage.failAfter(random.below(taste.failAfterMax), CODES[how] ?? 'power');
    return;
  }
  const step = random.below(taste.failAfterSteps);
  const part = random.pick([0, 0.5, random.u32() / 2 ** 32]);
  // A disk without room, or a process without file descriptors, stays so; an error of the disk may be the only one.
  strikeAt(storage, how, step, part, how !== 'sync_failed' && random.chance(0.5));
}

/**
 * Lets `how` happen at step number `step` of those that it strikes, from 0 on, and with `stays` at all later ones too.
 * `part`: how much of a write that fails is written (0 to 1). The function that it returns says where it happened
 * first.
 */
export function strikeAt(
  storage: FaultyStorage,
  how: Failure,
  step: number,
  part: number,
  stays: boolean,
): () => Io | undefined {
  const kinds = STRIKES[how] ?? [];
  let left = step;
  let first: Io | undefined;
  storage.faults = (io): IoFault | undefined => {
    if (!kinds.includes(io.kind) || left-- > 0) return undefined;
    first ??= io;
    if (!stays) storage.faults = undefined;
    if (how === 'sync_failed') return { kind: 'sync_failed' };
    const code = CODES[how];
    if (code === undefined) return { kind: 'power' };
    return { kind: 'error', code, errno: how.toUpperCase(), part };
  };
  return () => first;
}

/** Whether the process ended with the failure. */
export function ends(how: Failure): boolean {
  return CODES[how] === undefined;
}

/** Whether `error` is what a caller hears of the failure. */
export function isHeard(error: unknown, how: Failure): boolean {
  if (ends(how)) return error instanceof PowerLost;
  return error instanceof TallystickError && error.code === CODES[how];
}
