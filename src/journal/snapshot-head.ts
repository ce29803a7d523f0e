/** The JSON in a snapshot's head, read as what it is: bytes from a disk. */
import type { Position } from './position.ts';

/** A section: bytes `at` to `at + size` of the data. */
export interface Placed {
  readonly name: string;
  /** Byte of the data area. */
  readonly at: number;
  readonly size: number;
}

export interface SnapshotText {
  readonly ledgerId: bigint;
  readonly position: Position;
  readonly meta: string;
  readonly sections: readonly Placed[];
}

/** bigints are written as decimal text. */
interface HeadJson {
  readonly ledgerId: string;
  readonly position: Omit<Position, 'fence' | 'timestamp'> & { readonly fence: string; readonly timestamp: string };
  readonly meta: string;
  readonly sections: readonly Placed[];
}

export function headText({ ledgerId, position, meta, sections }: SnapshotText): string {
  const json: HeadJson = {
    ledgerId: String(ledgerId),
    position: { ...position, fence: String(position.fence), timestamp: String(position.timestamp) },
    meta,
    sections,
  };
  return JSON.stringify(json);
}

/** Undefined when the text is not that of a head whose data has `dataSize` bytes. */
export function parseHeadText(text: string, dataSize: number): SnapshotText | undefined {
  let json: Partial<HeadJson> | null;
  try {
    json = JSON.parse(text) as Partial<HeadJson> | null;
  } catch {
    return undefined;
  }
  const position = positionOf(json?.position);
  const { ledgerId, meta, sections } = json ?? {};
  if (position === undefined || !isDecimal(ledgerId) || typeof meta !== 'string' || !Array.isArray(sections))
    return undefined;
  const placed: Placed[] = [];
  for (const section of sections as (Partial<Placed> | null)[]) {
    const { name, at, size } = section ?? {};
    if (typeof name !== 'string' || !isCount(at) || !isCount(size) || at + size > dataSize) return undefined;
    placed.push({ name, at, size });
  }
  return { ledgerId: BigInt(ledgerId), position, meta, sections: placed };
}

function positionOf(json: Partial<HeadJson['position']> | null | undefined): Position | undefined {
  const { op, cell, last, parent, fence, timestamp } = json ?? {};
  if (!isCount(op) || !isCount(cell) || !isCount(last) || !isCount(parent)) return undefined;
  if (!isDecimal(fence) || !isDecimal(timestamp)) return undefined;
  return { op, cell, last, parent, fence: BigInt(fence), timestamp: BigInt(timestamp) };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,39}$/.test(value);
}
