/**
 * A node that has found that the stream, its folder or another node is not what it was writes so into its folder, and
 * does not start again before somebody has looked: a process that is started anew has forgotten what it had heard, and
 * might lead on a stream that has lost something.
 */
import { type Storage, TallystickError } from 'tallystick/internal';

const NAME = 'cluster-damaged';
/** A node that an operator has taken out of the cluster stays out, whatever starts its process again. */
const REMOVED = 'cluster-removed';
const TEXT_SIZE_MAX = 4096;

/** What stands in the folder for that error; nothing, unless it is `cluster_damaged`. */
export function condemn(storage: Storage, folder: string, error: unknown): void {
  if (!(error instanceof TallystickError) || error.code !== 'cluster_damaged') return;
  storage.claim(`${folder}/${NAME}`, Buffer.from(`${error.message}\n`.slice(0, TEXT_SIZE_MAX)));
}

/** An operator has taken the folder's node out of the cluster. */
export function takeOut(storage: Storage, folder: string): void {
  storage.claim(`${folder}/${REMOVED}`, new Uint8Array(0));
}

/**
 * Throws `cluster_damaged` for a folder whose node has found damage, and `cluster_invalid` for one that was taken out,
 * until the file that says so is removed.
 */
export function refuseCondemned(storage: Storage, folder: string): void {
  if (storage.exists(`${folder}/${REMOVED}`)) {
    throw new TallystickError(
      'cluster_invalid',
      `the node of ${folder} was removed from the cluster. Remove ${folder}/${REMOVED} to let it come back`,
    );
  }
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
