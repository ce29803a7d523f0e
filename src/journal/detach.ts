/**
 * Keeps a writer that was thought dead, and is not, away from the journal (docs/adr/0006-fence.md): a write that it had
 * begun before it lost the fence may land at any later time. It shall land in a file that is the journal's no more.
 */
import type { Storage } from '../platform/index.ts';
import { segmentName } from './cells.ts';
import { segmentNumbers } from './segment-reader.ts';

const PIECE_SIZE = 2 ** 20;
/** A writer has the segment open that it writes, and perhaps the next one. */
const OPEN_MAX = 2;

/**
 * Gives the newest segments of the journal in `folder` new files with the same bytes. To be called under a new fence,
 * before the journal is read.
 */
export function detachSegments(storage: Storage, folder: string): void {
  storage.makeFolder(folder);
  const piece = storage.buffer(PIECE_SIZE);
  for (const number of segmentNumbers(storage, folder).slice(-OPEN_MAX)) {
    const path = `${folder}/${segmentName(number)}`;
    const from = storage.open(path, { mode: 'read' });
    const to = storage.open(`${path}.detached`, { mode: 'create' });
    try {
      to.truncate(0);
      for (let at = 0; ; at += PIECE_SIZE) {
        const size = from.read(piece, at);
        if (size > 0) to.write(piece.subarray(0, size), at);
        if (size < PIECE_SIZE) break;
      }
      to.sync();
    } finally {
      from.close();
      to.close();
    }
    storage.rename(`${path}.detached`, path);
  }
  storage.syncFolder(folder);
}
