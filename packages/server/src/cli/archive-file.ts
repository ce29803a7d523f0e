/** An archive in a file. */
import { createReadStream, statSync } from 'node:fs';
import type { ArchiveSource } from 'tallystick/internal/archive';
import { TallystickError } from 'tallystick/internal/model';

const CHUNK_SIZE = 1 << 20;

/** Reading it throws `not_found` where the file cannot be read. */
export function archiveFile(path: string): ArchiveSource {
  return {
    name: path,
    size: statSync(path, { throwIfNoEntry: false })?.size ?? 0,
    async *read() {
      const stream: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: CHUNK_SIZE });
      try {
        yield* stream;
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
        throw new TallystickError('not_found', `The archive ${path} cannot be read.`, { cause });
      }
    },
  };
}
