/**
 * A node that has found that the stream, its folder or another node is not what it was writes so into its folder, and
 * does not start again before somebody has looked: a process that is started anew has forgotten what it had heard, and
 * might lead on a stream that has lost something.
 */
import { type Storage, TallystickError } from 'tallystick/internal';

const NAME = 'cluster-damaged';
const TEXT_SIZE_MAX = 4096;

/** What stands in the folder for that error; nothing, unless it is `cluster_damaged`. */
export function condemn(storage: Storage, folder: string, error: unknown): void {
  if (!(error instanceof TallystickError) || error.code !== 'cluster_damaged') return;
  storage.claim(`${folder}/${NAME}`, Buffer.from(`${error.message}\n`.slice(0, TEXT_SIZE_MAX)));
}

/** Throws `cluster_damaged` for a folder whose node has found damage, until the file with the finding is removed. */
export function refuseCondemned(storage: Storage, folder: string): void {
  const path = `${folder}/${NAME}`;
  if (!storage.exists(path)) return;
  const file = storage.open(path, { mode: 'read' });
  const bytes = new Uint8Array(Math.min(file.size(), TEXT_SIZE_MAX));
  file.read(bytes, 0);
  file.close();
  throw new TallystickError(
    'cluster_damaged',
    `the node of ${folder} has ended: ${Buffer.from(bytes).toString().trim()}. Remove ${path} once that is mended`,
  );
}

/** Somebody has looked, and it is mended. Whether there was anything. */
export function acquit(storage: Storage, folder: string): boolean {
  const path = `${folder}/${NAME}`;
  if (!storage.exists(path)) return false;
  storage.remove(path);
  return true;
}
