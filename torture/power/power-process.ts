/**
 * The process that is the disk: `fork`ed with the kind of disk, it mounts it, answers the kernel, and lets its power
 * go. Nobody else may do this: who uses a file system and serves it waits for itself. Every order is answered by `{
 * number, value }` or `{ number, error }`.
 */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Random } from '../../testing/model/random.ts';
import { BlockDisk } from './block-disk.ts';
import type { Disk } from './disk.ts';
import { FuseMount, type FuseRequest, isChange, unmount } from './fuse.ts';
import { StrictFiles } from './strict-files.ts';
import type { Fates, Mood } from './volatile-bytes.ts';

export type Order =
  /**
   * Mounts it at `point`. `above`: where something is mounted that lies on it, for when whoever gives orders is gone.
   */
  | { readonly order: 'on'; readonly point: string; readonly above: string | undefined }
  /** The power goes now, or in the middle of the change that is so many changes away; answered when it is gone. */
  | { readonly order: 'cut'; readonly changes: number | undefined }
  /** Every caller that changes something waits, and nothing is lost: the disk hangs until it is let go. */
  | { readonly order: 'hang' }
  /**
   * Waiting calls are answered. After a cut no process lives that could tell a lie, and the kernel can let go of the
   * disk.
   */
  | { readonly order: 'let go' }
  /**
   * Unmounts it, for which those who have a file open have `patienceMs` to leave, and decides what will be found.
   * Answered by {@link Fates}.
   */
  | { readonly order: 'off'; readonly seed: number; readonly mood: Mood; readonly patienceMs?: number };

export interface Ordered {
  readonly number: number;
  readonly order: Order;
}

export interface Done {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}

const run = promisify(execFile);
const [kind = '', size = ''] = process.argv.slice(2);
const disk: Disk = kind === 'blocks' ? new BlockDisk(Number(size)) : new StrictFiles();

type State =
  | { readonly power: 'on' }
  /** `changes` are left, then it goes. */
  | { readonly power: 'going'; changes: number; readonly gone: () => void }
  /** Every caller that changes something waits. */
  | { readonly power: 'gone'; readonly waiting: (() => void)[] }
  | { readonly power: 'letting go' };

let state: State = { power: 'on' };
let mount: FuseMount | undefined;
let point = '';
let above: string | undefined;

function take(request: FuseRequest, by: FuseMount): void {
  if (!isChange(request) || state.power === 'on' || state.power === 'letting go') {
    by.answer(request, disk.handle(request, true));
  } else if (state.power === 'gone') {
    const kept = { ...request, body: Buffer.from(request.body) };
    state.waiting.push(() => by.answer(kept, disk.handle(kept, true)));
  } else if (--state.changes > 0) by.answer(request, disk.handle(request, true));
  else {
    const { gone } = state;
    const answer = disk.handle(request, false);
    const { unique, opcode, node } = request;
    disk.freeze();
    state = { power: 'gone', waiting: [() => by.answer({ unique, opcode, node, body: Buffer.alloc(0) }, answer)] };
    gone();
  }
}

async function follow(order: Order): Promise<unknown> {
  switch (order.order) {
    case 'on':
      state = { power: 'on' };
      ({ point, above } = order);
      mount = await FuseMount.at(point, take);
      return undefined;
    case 'cut':
      return cut(order.changes);
    case 'hang':
      state = { power: 'gone', waiting: [] };
      return undefined;
    case 'let go':
      return letGo();
    case 'off': {
      await unmount(point, order.patienceMs);
      await mount!.ended;
      const fates: Fates = { kept: 0, lost: 0, torn: 0 };
      mount = undefined;
      disk.restore(order.mood, new Random(order.seed), fates);
      return fates;
    }
  }
}

function letGo(): void {
  const waiting = state.power === 'gone' ? state.waiting : [];
  state = { power: 'letting go' };
  for (const answer of waiting) answer();
}

function cut(changes: number | undefined): Promise<void> | undefined {
  if (changes === undefined) {
    if (state.power === 'going') state.gone();
    disk.freeze();
    if (state.power !== 'gone') state = { power: 'gone', waiting: [] };
    return undefined;
  }
  return new Promise((gone) => {
    state = { power: 'going', changes, gone };
  });
}

process.on('message', ({ number, order }: Ordered) => {
  follow(order).then(
    (value) => process.send!({ number, value } satisfies Done),
    (error: Error) => process.send!({ number, error: error.message } satisfies Done),
  );
});
// The process that wanted a disk is gone: no mount may stay behind, and the kernel's last requests want an answer.
process.on('disconnect', async () => {
  letGo();
  for (const mounted of [above, point]) {
    if (mounted !== undefined && mount !== undefined) await run('umount', ['-l', mounted]).catch(() => {});
  }
  await Promise.race([mount?.ended, sleep(5000)]);
  // Where somebody lives who has a file of it open, a thread still waits for requests: an exit would wait for that
  // thread, and the descriptor that keeps the file system going would stay open. A kill closes it.
  process.kill(process.pid, 'SIGKILL');
});
// Ctrl-C of a terminal is for the process that gives orders.
process.on('SIGINT', () => {});
process.send!({ number: 0 } satisfies Done);
