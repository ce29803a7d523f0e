/** The content of a lock's file: a line of JSON. A file with other bytes is told apart from an empty one. */
import { crc32, type Owner } from '../platform/index.ts';

/** The lock's knowledge of other files: if they know less, they are older than the lock. */
export interface LockKnows {
  /** The superblock knows of a writer with this token. */
  readonly superblock: bigint;
  /** The journal reaches this op. */
  readonly op: number;
}

export const KNOWS_NOTHING: LockKnows = { superblock: 0n, op: 0 };

/** The content of a lock. */
export interface LockContent {
  /** Undefined: the file cannot be read as one of ours. */
  readonly owner: Owner | undefined;
  readonly released: boolean;
  /** Which of its process's fences holds it. Undefined: an older version made it, or it cannot be read. */
  readonly claim: string | undefined;
  /**
   * Nothing is in it, or zeros: a file system has lost it when the power went. A lock gets its name when all of it is
   * synced, so nobody is making it now, and a writer that lives nevertheless looks for newer ones before each write.
   */
  readonly isEmpty: boolean;
  readonly knows: LockKnows;
}

/** The holder of a lock: a process, and one of its fences. */
export interface Holder {
  readonly owner: Owner;
  readonly claim: string;
}

export function encodeLock({ owner, claim }: Holder, released: boolean, { superblock, op }: LockKnows): Uint8Array {
  const sum = sumOf(superblock, op);
  const text = JSON.stringify({ ...owner, claim, released, superblock: String(superblock), op, sum });
  return new TextEncoder().encode(`${text}\n`);
}

/** Damage to what a lock knows must not speak against the other files. */
function sumOf(superblock: bigint, op: number): number {
  return crc32(new TextEncoder().encode(`${superblock} ${op}`));
}

function knowsOf({ superblock, op, sum }: { superblock?: unknown; op?: unknown; sum?: unknown }): LockKnows {
  if (typeof superblock !== 'string' || !/^\d{1,16}$/.test(superblock) || typeof op !== 'number') return KNOWS_NOTHING;
  return sumOf(BigInt(superblock), op) === sum ? { superblock: BigInt(superblock), op } : KNOWS_NOTHING;
}

export function decodeLock(bytes: Uint8Array): LockContent {
  try {
    const said = JSON.parse(new TextDecoder().decode(bytes)) as Partial<
      Owner & { claim: unknown; released: boolean; superblock: string; op: number; sum: number }
    >;
    const { pid, start, boot, namespace, host, released } = said;
    const whole =
      typeof pid === 'number' &&
      typeof start === 'string' &&
      typeof boot === 'string' &&
      typeof namespace === 'string' &&
      typeof host === 'string';
    if (whole) {
      const claim = typeof said.claim === 'string' ? said.claim : undefined;
      const owner = { pid, start, boot, namespace, host };
      return { owner, claim, released: released === true, isEmpty: false, knows: knowsOf(said) };
    }
  } catch {
    // Not JSON: not ours, or damaged.
  }
  const isEmpty = bytes.every((byte) => byte === 0);
  return { owner: undefined, claim: undefined, released: false, isEmpty, knows: KNOWS_NOTHING };
}
