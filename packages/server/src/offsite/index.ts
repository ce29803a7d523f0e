/** Backups that leave the machine (docs/operating/backup.md): encrypted, incremental, in a folder or a bucket. */
import { TallystickError } from 'tallystick/internal/model';
import { BucketStore } from './s3.ts';
import { FolderStore, type ObjectStore } from './store.ts';

export { type About, Backups, type Contents, type StoredBackup, type Written } from './backups.ts';
export { Seal } from './seal.ts';
export type { ObjectStore, StoredObject } from './store.ts';

/** Rejects with `invalid_argument` for an address that is neither `file://` nor `s3://`. */
export async function storeAt(url: string, environment: NodeJS.ProcessEnv = process.env): Promise<ObjectStore> {
  if (url.startsWith('file://')) return new FolderStore(url);
  if (url.startsWith('s3://')) return BucketStore.open(url, environment);
  throw new TallystickError('invalid_argument', `${url} is neither file:///folder nor s3://bucket/prefix`);
}
