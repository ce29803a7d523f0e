/** Disks whose power can be cut, for whoever lets a ledger write on them. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Answers } from '../answers.ts';
import { DISK_NAME } from './block-disk.ts';
import { unmount } from './fuse.ts';
import type { Done, Order, Ordered } from './power-process.ts';
import type { Fates, Mood } from './volatile-bytes.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, 'power-process.js');
/** Bytes of a disk of blocks; it takes memory only for written blocks. */
const BLOCKS_SIZE = 256 * 2 ** 20;
/** For those who have a file open on a disk that is taken away. */
const LEAVING_MS = 3000;
/** For an order; unmounting waits longest. A disk that says nothing for so long will say nothing. */
const ANSWER_MS = 120_000;

export interface DiskKind {
  readonly name: string;
  /** Ext4's own ways with data, where it is ext4. */
  readonly options?: string;
}

/** `options`: what a distribution mounts by default, then data without an order, then data through ext4's journal. */
export const diskKinds: readonly DiskKind[] = [
  { name: 'ext4 on blocks', options: 'data=ordered' },
  { name: 'ext4 on blocks', options: 'data=writeback' },
  { name: 'ext4 on blocks', options: 'data=journal' },
  { name: 'what POSIX promises' },
];

/** Which kinds there can be here, and why there can be no others. */
export async function possibleDisks(home: string): Promise<{ kinds: DiskKind[]; missing: string[] }> {
  const kinds: DiskKind[] = [];
  const missing = new Set<string>();
  for (const kind of diskKinds) {
    try {
      await (await PoweredDisk.make(join(home, 'probe'), kind)).remove();
      kinds.push(kind);
    } catch (error) {
      missing.add(`no ${kind.name} (${(error as Error).message.trim().split('\n').at(-1)})`);
    }
  }
  return { kinds, missing: [...missing] };
}

export class PoweredDisk {
  readonly kind: DiskKind;
  readonly #home: string;
  readonly #child: ChildProcess;
  readonly #answers = new Answers(
    ANSWER_MS,
    (what) => new Error(`the disk did not answer «${what}» in ${ANSWER_MS} ms`),
  );
  #next = 0;
  #on = false;

  private constructor(home: string, kind: DiskKind) {
    this.kind = kind;
    this.#home = home;
    this.#child = fork(program, kind.options === undefined ? ['files'] : ['blocks', String(BLOCKS_SIZE)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', ({ number, value, error }: Done) =>
      this.#answers.settle(number, value, error === undefined ? undefined : new Error(error)),
    );
    this.#child.once('close', () => this.#answers.end(new Error('the disk is gone')));
  }

  /** A new disk, empty and with its power on; rejects where this machine does not permit one. */
  static async make(home: string, kind: DiskKind): Promise<PoweredDisk> {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    for (const part of ['raw', 'point']) mkdirSync(join(home, part), { recursive: true });
    const disk = new PoweredDisk(home, kind);
    try {
      await disk.#answers.promised(0, 'start');
      await disk.#mount(true);
    } catch (error) {
      await disk.remove();
      throw error;
    }
    return disk;
  }

  /** Where a ledger can lie. */
  get folder(): string {
    return join(this.#home, 'point', 'ledger');
  }

  async #mount(empty: boolean): Promise<void> {
    const [raw, point] = [join(this.#home, 'raw'), join(this.#home, 'point')];
    const isFiles = this.kind.options === undefined;
    await this.#order({ order: 'on', point: isFiles ? point : raw, above: isFiles ? undefined : point });
    this.#on = true;
    if (isFiles) return;
    const file = join(raw, DISK_NAME);
    if (empty) await run('mkfs.ext4', ['-q', '-F', '-E', 'nodiscard,lazy_itable_init=0,lazy_journal_init=0', file]);
    await run('mount', ['-o', `loop,${this.kind.options}`, file, point]);
  }

  /**
   * The power goes: at once, or in the middle of the change of the disk that is so many away. Resolves when it is
   * gone. From then on whoever writes or syncs waits.
   */
  async cut(changes?: number): Promise<void> {
    await this.#order({ order: 'cut', changes });
  }

  /** From now on whoever writes or syncs waits, until the disk is let go; what was written is there then. */
  async hang(): Promise<void> {
    await this.#order({ order: 'hang' });
  }

  /**
   * A disk that hangs goes on. After a cut, for when everybody who could say something is being killed: the kernel
   * hears that all went well, and nothing of it is kept.
   */
  async letGo(): Promise<void> {
    await this.#order({ order: 'let go' });
  }

  /** Turns it off, and on again. What was on its way when the power went is treated as `mood` and `seed` say. */
  async restart(mood: Mood, seed: number): Promise<Fates> {
    const fates = await this.#turnOff(mood, seed);
    await this.#mount(false);
    return fates;
  }

  async #turnOff(mood: Mood, seed: number): Promise<Fates> {
    if (this.kind.options !== undefined) await unmount(join(this.#home, 'point'));
    const fates = (await this.#order({ order: 'off', mood, seed })) as Fates;
    this.#on = false;
    return fates;
  }

  /** Also when something went wrong, and while somebody has a file of it open. */
  async remove(): Promise<void> {
    if (this.#on) {
      await this.letGo().catch(() => {});
      if (this.kind.options !== undefined) await unmount(join(this.#home, 'point'), LEAVING_MS).catch(() => {});
      // Where somebody who was killed is still on its way out, the disk's process takes it away from under it.
      await this.#order({ order: 'off', mood: 'kept', seed: 0, patienceMs: LEAVING_MS }).catch(() => {});
    }
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      if (this.#child.connected) this.#child.disconnect();
      await exit;
    }
    rmSync(this.#home, { recursive: true, force: true });
  }

  #order(order: Order): Promise<unknown> {
    if (!this.#child.connected) return Promise.reject(new Error('the disk is gone'));
    this.#child.send({ number: ++this.#next, order } satisfies Ordered);
    return this.#answers.promised(this.#next, order.order);
  }
}
