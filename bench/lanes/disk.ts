/**
 * The disk alone: how long one synced write of a block takes, paced like the urgent callers, on a file whose blocks are
 * there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Histogram } from 'hdr-histogram-js';
import { BLOCK_SIZE, DiskStorage } from '../../src/platform/index.ts';

const FILE_SIZE = 4 * 1024 * 1024;

/** Writes every `every` ms until `end`, and records microseconds. */
export async function probeDisk(folder: string, every: number, end: number, latency: Histogram): Promise<void> {
  const storage = new DiskStorage();
  const path = `${folder}/disk-probe`;
  const file = storage.open(path, { mode: 'create', durable: true, direct: true });
  try {
    const buffer = storage.buffer(FILE_SIZE);
    file.write(buffer, 0);
    for (let at = 0; performance.now() < end; at = (at + BLOCK_SIZE) % FILE_SIZE) {
      await sleep(every);
      const began = performance.now();
      file.write(buffer.subarray(0, BLOCK_SIZE), at);
      latency.recordValue(Math.max(1, Math.round((performance.now() - began) * 1000)));
    }
  } finally {
    file.close();
  }
}
