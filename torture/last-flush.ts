/**
 * Where batches lie in a segment, and which of them the last write before a ledger's end made durable; after
 * docs/internals/formats.md.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const CELL = 128;
const MAGIC = 0x594c4c54;

/** Where the headers of a segment's batches begin. */
export function batchesOf(bytes: Buffer): number[] {
  const headers: number[] = [];
  for (let at = CELL; at + CELL <= bytes.length && bytes.readUInt32LE(at + 88) === MAGIC; ) {
    headers.push(at);
    at += CELL * (1 + bytes.readUInt32LE(at + 56));
  }
  return headers;
}

/** The bytes of the batches that no header knows to have been durable. They were told, and nothing follows them. */
export function lastFlush(folder: string): { readonly file: string; readonly from: number; readonly to: number } {
  const segments = readdirSync(join(folder, 'journal')).filter((name) => name.endsWith('.seg'));
  for (const name of segments.sort().reverse()) {
    const file = `journal/${name}`;
    const bytes = readFileSync(join(folder, file));
    const headers = batchesOf(bytes);
    const last = headers.at(-1);
    if (last === undefined) continue;
    const durable = bytes.readBigUInt64LE(last + 40);
    const from = headers.find((at) => bytes.readBigUInt64LE(at + 8) > durable)!;
    return { file, from, to: last + CELL * (1 + bytes.readUInt32LE(last + 56)) };
  }
  throw new Error(`${folder} has no batch`);
}
