/** The disk that the rig mounts: it loses unsynced bytes when its power fails. */
import type { Random } from '../../testing/model/random.ts';
import type { FuseAnswer, FuseRequest } from './fuse.ts';
import type { Fates, Mood } from './volatile-bytes.ts';

export interface Disk {
  /**
   * Answers a request. `finished` false: the power goes in the middle of it, so that it is begun and makes nothing
   * durable.
   */
  handle(request: FuseRequest, finished: boolean): FuseAnswer | undefined;
  /** The power goes: what comes from now on is answered, and nobody will find it. */
  freeze(): void;
  /** Not mounted any more; decides what is found when the power is back. */
  restore(mood: Mood, random: Random, fates: Fates): void;
}
