/** What the simulator does to files behind the ledger's back. */
import { TallystickError } from '../src/model/index.ts';
import type { FaultyStorage } from '../src/platform/index.ts';
import type { Random } from '../test/support/random.ts';
import type { Failure } from './taste.ts';

/**
 * Makes the locks in `folder` those of a process of an earlier boot: the simulator's processes die without ending this one, whose name the locks bear.
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

/** What the disk does when `how` happens. */
export function diskFault(how: Failure): 'power' | 'disk_full' | 'disk_failed' {
  return how === 'kill' ? 'power' : how;
}

export function isError(error: unknown, code: string): boolean {
  return error instanceof TallystickError && error.code === code;
}
