/**
 * A ledger's files with some of their fields changed and all checksums made to fit, so that what lies behind the
 * checksums is tried as well: an error of ours, or answers. Which answers, nobody can ask: whoever forges a checksum
 * may write what they like.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TallystickError } from '../../src/index.ts';
import { MemoryStorage } from '../../src/platform/index.ts';
import { Random } from '../../testing/model/random.ts';
import { type Field, fieldsOf } from '../fields.ts';
import { answersOf, openSpecimen, specimens } from '../specimen.ts';
import type { Target } from './fuzzer.ts';

/** Bytes of an input for each change: which field (4), how (1), a byte of it (1), a value (8). */
const CHANGE_SIZE = 14;
const CHANGES_MAX = 4;

export async function ledgerFiles(home: string): Promise<readonly Target[]> {
  const { closed, killed } = await specimens(home);
  return [
    target('journal', killed.folder, /^journal/),
    target('snapshots', closed.folder, /^snap/),
    target('runs', closed.folder, /^runs/),
    target('superblock', closed.folder, /^super/),
  ];
}

function target(name: string, folder: string, which: RegExp): Target {
  const fields = fieldsOf(folder).filter(({ file }) => which.test(file));
  const files = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path)]),
  );
  const random = new Random(1);
  return {
    name,
    seeds: [
      new Uint8Array(0),
      ...Array.from({ length: 40 }, () => Uint8Array.from({ length: CHANGE_SIZE }, () => random.below(256))),
    ],
    try: (input) => openForged(files, fields, input),
  };
}

async function openForged(
  files: ReadonlyMap<string, Buffer>,
  fields: readonly Field[],
  input: Uint8Array,
): Promise<void> {
  const changed = new Map<string, Buffer>();
  const seals: (() => void)[] = [];
  for (let at = 0; at + CHANGE_SIZE <= Math.min(input.length, CHANGE_SIZE * CHANGES_MAX); at += CHANGE_SIZE) {
    const view = new DataView(input.buffer, input.byteOffset + at, CHANGE_SIZE);
    const field = fields[view.getUint32(0) % fields.length]!;
    const bytes = changed.get(field.file) ?? Buffer.from(files.get(field.file)!);
    changed.set(field.file, bytes);
    change(bytes.subarray(field.offset, field.offset + field.size), view);
    seals.push(() => field.seal(bytes));
  }
  try {
    for (const seal of seals) seal();
  } catch {
    // A size was changed to which no checksum can be made.
  }
  const storage = new MemoryStorage();
  for (const [path, bytes] of files)
    storage.open(`/l/${path}`, { mode: 'create' }).write(changed.get(path) ?? bytes, 0);
  try {
    const port = await openSpecimen('/l', { storage });
    try {
      await answersOf(port);
    } finally {
      await port.close().catch(() => {});
    }
  } catch (error) {
    if (!(error instanceof TallystickError)) throw error;
  }
}

function change(bytes: Buffer, view: DataView): void {
  if (bytes.length === 0) return;
  const at = view.getUint8(5) % bytes.length;
  switch (view.getUint8(4) % 4) {
    case 0:
      bytes[at]! ^= 1 << (view.getUint8(6) & 7);
      break;
    case 1:
      bytes[at] = view.getUint8(6);
      break;
    case 2:
      bytes.fill(view.getUint8(6) < 128 ? 0 : 0xff);
      break;
    default:
      for (let index = 0; index < Math.min(8, bytes.length); index++) bytes[index] = view.getUint8(6 + index);
  }
}
