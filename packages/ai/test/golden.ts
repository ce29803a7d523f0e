/** Files that other programs made, and what they say of them (packages/ai/test/golden/README.md). */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** This file runs below dist, and the golden files lie beside its source. */
const folder = join(import.meta.dirname, '..', '..', '..', '..', 'packages', 'ai', 'test', 'golden');

export const goldenPath = (name: string): string => join(folder, name);

/** Large ones are packed. */
export function goldenBytes(name: string): Uint8Array {
  const path = goldenPath(name);
  return existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`));
}

export const goldenText = (name: string): string => new TextDecoder().decode(goldenBytes(name));
