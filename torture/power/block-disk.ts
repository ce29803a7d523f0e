/**
 * A disk of blocks with a volatile cache, as a file system with one file: a loop device over that file is a block
 * device whose writes and cache flushes all arrive here, and a real file system lies on it. A write is on its way
 * until the next flush; a write with FUA arrives as a write and a flush, as with every device that has no FUA.
 */
import type { Random } from '../../testing/model/random.ts';
import type { Disk } from './disk.ts';
import {
  type Attributes,
  attributesAnswer,
  entriesAnswer,
  entryAnswer,
  type FuseAnswer,
  type FuseRequest,
  Opcode,
  openAnswer,
  statfsAnswer,
  writtenAnswer,
} from './fuse.ts';
import { type Fates, type Mood, VolatileBytes } from './volatile-bytes.ts';

/** Name of the file. */
export const DISK_NAME = 'disk';
const ROOT = 1;
const FILE = 2;

export class BlockDisk implements Disk {
  readonly #bytes: VolatileBytes;

  constructor(size: number) {
    this.#bytes = new VolatileBytes(size, size);
  }

  handle({ opcode, node, body }: FuseRequest, finished: boolean): FuseAnswer | undefined {
    switch (opcode) {
      case Opcode.lookup:
        if (body.toString('utf8', 0, body.indexOf(0)) !== DISK_NAME) return 'ENOENT';
        return entryAnswer(this.#attributes(FILE));
      case Opcode.getattr:
      case Opcode.setattr:
        return attributesAnswer(this.#attributes(node));
      case Opcode.open:
      case Opcode.opendir:
        return openAnswer(node);
      case Opcode.read:
        return this.#bytes.read(Number(body.readBigUInt64LE(8)), body.readUInt32LE(16));
      case Opcode.write: {
        const size = body.readUInt32LE(16);
        this.#bytes.write(Number(body.readBigUInt64LE(8)), body.subarray(40, 40 + size));
        return writtenAnswer(size);
      }
      case Opcode.fsync:
        if (finished) this.#bytes.sync();
        return Buffer.alloc(0);
      case Opcode.readdir:
        return entriesAnswer([{ name: DISK_NAME, node: FILE, folder: false }], Number(body.readBigUInt64LE(8)), 4096);
      case Opcode.statfs:
        return statfsAnswer();
      case Opcode.flush:
      case Opcode.release:
      case Opcode.releasedir:
      case Opcode.destroy:
        return Buffer.alloc(0);
      default:
        return undefined;
    }
  }

  #attributes(node: number): Attributes {
    if (node === ROOT) return { node, folder: true, size: 0, links: 2, mode: 0o700 };
    return { node, folder: false, size: this.#bytes.size, links: 1, mode: 0o600 };
  }

  freeze(): void {
    this.#bytes.freeze();
  }

  restore(mood: Mood, random: Random, fates: Fates): void {
    this.#bytes.restore(mood, random, fates);
  }
}
