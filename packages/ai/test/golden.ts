/** Files that other programs made, and what they say of them (packages/ai/test/golden/README.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** This file runs below dist, and the golden files lie beside its source. */
const folder = join(import.meta.dirname, '..', '..', '..', '..', 'packages', 'ai', 'test', 'golden');

export const goldenPath = (name: string): string => join(folder, name);
export const goldenBytes = (name: string): Uint8Array => readFileSync(goldenPath(name));
export const goldenText = (name: string): string => readFileSync(goldenPath(name), 'utf8');
