/**
 * What every node says of itself, twice a second: how far it is, by the number and the hash of the last record that it
 * has read, and the last digest that it has made. Nothing is decided by it that would be wrong if it were lost.
 */
import { EVENTS_MAX } from 'tallystick/internal';
import type { NodeOptions } from './node-options.ts';
import { type Place, READS } from './record.ts';
import type { Role } from './role.ts';

export interface Standing {
  readonly node: number;
  /** Tells this process from all others that ever were that node. */
  readonly process: string;
  readonly role: Role;
  readonly epoch: number;
  /** The last record that it has read, and that record's hash in hexadecimal. */
  readonly sequence: number;
  readonly hash: string;
  /** The last batch that it has read. */
  readonly op: number;
  /** Where clients find it. */
  readonly address: string;
  /** The last batch that its engine has executed and its journal holds. */
  readonly kept: number;
  /** The newest format of records that it reads. */
  readonly reads: number;
  /** Its clock, milliseconds since 1970; and what must be the same on all nodes. Older nodes do not say. */
  readonly wall: number | undefined;
  readonly limits: string | undefined;
  /** The op of its last digest, 0 without one, and that digest in hexadecimal. */
  readonly digestOp: number;
  readonly digest: string;
}

/** What a node knows of itself. */
export type OwnStanding = Omit<Standing, 'node' | 'process' | 'hash' | 'digestOp' | 'digest'>;

/** `done`: the last op that its engine has executed and its journal holds. */
export function standingOf(
  role: Role,
  { epoch, sequence, op }: Place,
  done: number,
  { address, clock, digestEvery }: Pick<NodeOptions, 'address' | 'clock' | 'digestEvery'>,
): OwnStanding {
  return {
    ...{ role, epoch, sequence, op, address: address(), kept: done, reads: READS },
    wall: Number(clock.wall() / 1_000_000n),
    limits: `batches of ${EVENTS_MAX}, digests every ${digestEvery}`,
  };
}

const NUMBERS = ['node', 'epoch', 'sequence', 'op', 'digestOp'] as const;
const TEXTS = ['process', 'role', 'hash', 'address', 'digest'] as const;

export function standingBytes(standing: Standing): Uint8Array {
  return Buffer.from(JSON.stringify({ standing }));
}

/** Undefined for what is none: anybody may publish. */
export function standingIn(bytes: Uint8Array): Standing | undefined {
  let said: { readonly standing?: Readonly<Record<string, unknown>> } | null;
  try {
    said = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
  const standing = said?.standing;
  if (typeof standing !== 'object' || standing === null) return undefined;
  if (NUMBERS.some((key) => !Number.isSafeInteger(standing[key]))) return undefined;
  if (TEXTS.some((key) => typeof standing[key] !== 'string')) return undefined;
  // Nodes say this since format 4.
  const { kept = 0, reads = 3, wall = 0, limits = '' } = standing;
  if (![kept, reads, wall].every(Number.isSafeInteger) || typeof limits !== 'string') return undefined;
  return { ...standing, kept, reads } as unknown as Standing;
}
