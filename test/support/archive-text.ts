/** An archive in memory, read in pieces as a file is. */
import type { ArchiveSource } from '../../src/archive/index.ts';

const CHUNK_SIZE = 1 << 20;

export function archiveText(text: string): ArchiveSource {
  const bytes = Buffer.from(text);
  return {
    name: 'archive.jsonl',
    size: bytes.length,
    async *read() {
      for (let at = 0; at < bytes.length; at += CHUNK_SIZE) yield bytes.subarray(at, at + CHUNK_SIZE);
    },
  };
}
