/** How much room a disk has. Asked without waiting: a disk that does not answer must not hold up who asks. */
import { statfs } from 'node:fs/promises';

export interface Space {
  /** Bytes that this process may still write. */
  readonly free: number;
  readonly total: number;
}

/** Rejects with what the system says. */
export async function spaceOf(folder: string): Promise<Space> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, total: blocks * bsize };
}
