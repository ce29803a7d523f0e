/**
 * Disks that run full: a tmpfs, a file system in an image, or a limit on the size of files; whichever this machine
 * permits.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk {
  readonly name: string;
  /** Where a ledger can lie. */
  readonly folder: string;
  /** KiB: the limit for processes, where that is what makes the disk small. */
  readonly fileSizeMax?: number;
  /** Leaves so many bytes of room, or all there is. */
  leave(bytes?: number): void;
  remove(): void;
}

export interface SmallDiskKind {
  readonly name: string;
  /** Undefined where it is not permitted. */
  make(home: string, bytes: number): SmallDisk | undefined;
}

function permitted(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function mounted(
  name: string,
  home: string,
  mount: (point: string) => boolean,
  unmounted: () => void,
): SmallDisk | undefined {
  const point = join(home, `disk-${name.replace(/\W+/g, '-')}`);
  mkdirSync(point, { recursive: true });
  if (!mount(point)) {
    rmSync(point, { recursive: true });
    unmounted();
    return undefined;
  }
  const ballast = join(point, 'ballast');
  return {
    name,
    folder: join(point, 'ledger'),
    leave(bytes) {
      rmSync(ballast, { force: true });
      if (bytes === undefined) return;
      const { bavail, bsize } = statfsSync(point);
      // The last blocks may be the file system's own.
      for (let size = bavail * bsize - bytes; size > 0; size -= bsize) {
        try {
          writeFileSync(ballast, Buffer.alloc(size, 1));
          return;
        } catch {
          rmSync(ballast, { force: true });
        }
      }
    },
    remove() {
      execFileSync('umount', [point]);
      rmSync(point, { recursive: true });
      unmounted();
    },
  };
}

export const smallDisks: readonly SmallDiskKind[] = [
  {
    name: 'tmpfs',
    make: (home, bytes) =>
      mounted(
        'tmpfs',
        home,
        (point) => permitted('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', point),
        () => {},
      ),
  },
  {
    name: 'ext4 in an image',
    make(home, bytes) {
      const image = join(home, 'disk.img');
      return mounted(
        'ext4 in an image',
        home,
        (point) => {
          if (!permitted('truncate', '-s', String(bytes), image)) return false;
          // No journal and nothing kept for root: all of it is for files.
          const made = permitted('mkfs.ext4', '-q', '-F', '-m', '0', '-O', '^has_journal', image);
          return made && permitted('mount', '-o', 'loop', image, point);
        },
        () => rmSync(image, { force: true }),
      );
    },
  },
  {
    name: 'ulimit -f',
    make: (home, bytes) => {
      const folder = join(home, 'limited');
      mkdirSync(folder);
      let room: number | undefined;
      return {
        name: 'ulimit -f',
        folder: join(folder, 'ledger'),
        get fileSizeMax(): number {
          return Math.ceil((room === undefined ? bytes : largest(folder) + room) / 1024);
        },
        leave(some) {
          room = some;
        },
        remove: () => rmSync(folder, { recursive: true }),
      };
    },
  },
];

/** Bytes of the largest file below `folder`. */
function largest(folder: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(0, ...files.map(({ parentPath, name }) => statSync(join(parentPath, name)).size));
}
