/** From a snapshot's file to the machine's memory. */

import type { Snapshot } from '../journal/index.ts';
import { applyBefores, type ImageHead, imageHead } from '../machine/index.ts';
import { StateOffset, TallystickError } from '../model/index.ts';
import type { EngineMemory } from './memory.ts';
import { ReplyWindow } from './reply-window.ts';

/** The section of a snapshot that has the window of replies. */
export const WINDOW_SECTION = 'window';

/** Whether the state that was read is one that the machine can have been in behind the snapshot's batch. */
function isSound({ position, sections }: Snapshot, { view, memory, layout }: EngineMemory): boolean {
  const { machine } = layout;
  const word = (at: number): number => view.getUint32(machine.state + at, true);
  const wide = (at: number): bigint => view.getBigUint64(machine.state + at, true);
  if (wide(StateOffset.op) !== BigInt(position.op) || wide(StateOffset.timestamp) !== position.timestamp) return false;
  const { accountsMax, pendingsMax, log2Resolved } = machine.sizes;
  if (
    word(StateOffset.accountsCount) > accountsMax ||
    word(StateOffset.pendingsCount) > pendingsMax + 2 ** log2Resolved
  )
    return false;
  if (word(StateOffset.pendingsOpen) > word(StateOffset.pendingsCount)) return false;
  const { accountsSize, pendingsSize } = imageHead(memory, machine);
  const sizes: { readonly [name: string]: number } = { accounts: accountsSize, pendings: pendingsSize };
  return sections.every(({ name, size }) => sizes[name] === undefined || sizes[name] === size);
}

/**
 * Reads the snapshot's sections to where they lie in memory; returns its window of replies. Undefined, and the memory
 * as it was, when it is damaged. `pause` is called between pieces.
 */
export function loadSnapshot(snapshot: Snapshot, memory: EngineMemory, pause?: () => void): ReplyWindow | undefined {
  const { machine } = memory.layout;
  const { bytes } = memory;
  const places: { readonly [name: string]: number } = {
    state: machine.state,
    accounts: machine.accounts,
    pendings: machine.pendings,
  };
  let head: ImageHead | undefined;
  const windowSize = snapshot.sections.find(({ name }) => name === WINDOW_SECTION)?.size;
  const windowBytes = new Uint8Array(windowSize ?? 0);
  const whole = snapshot.read((name, offset, piece) => {
    pause?.();
    const at = places[name];
    if (at !== undefined) {
      bytes.set(piece, at + offset);
      return;
    }
    if (name === WINDOW_SECTION) {
      windowBytes.set(piece, offset);
      return;
    }
    head ??= imageHead(memory.memory, machine);
    if (name !== 'befores' || !applyBefores(bytes, machine, head, piece)) {
      throw new TallystickError('snapshot_corrupt', `${snapshot.path} has a section ${name} that is not known`);
    }
  });
  // A snapshot of before there were windows says nothing of the replies before it.
  const window =
    windowSize === undefined ? new ReplyWindow(snapshot.position.op) : whole ? ReplyWindow.of(windowBytes) : undefined;
  if (whole && window !== undefined && isSound(snapshot, memory)) return window;
  for (const { name, size } of snapshot.sections) {
    const at = places[name];
    if (at !== undefined) bytes.fill(0, at, at + size);
  }
  return undefined;
}
