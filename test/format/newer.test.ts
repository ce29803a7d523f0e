/**
 * Files of a version to come, one kind at a time: this version says that it does not know them, and touches nothing.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { open, TallystickError } from '../../src/index.ts';
import { crc32 } from '../../src/platform/index.ts';
import { picture } from '../../testing/disk/picture.ts';
import { temporaryFolder } from '../support/folders.ts';
import { unpack, versions } from './fixtures.ts';

const home = temporaryFolder();
const newest = versions.at(-1)!;

interface Kind {
  readonly name: string;
  /** The first file of that kind, or of its folder. */
  readonly path: string;
  /**
   * Bytes from the start of the file of each place where the version stands; what the checksum covers ends `size` bytes
   * behind the place's start.
   */
  readonly places: readonly number[];
  readonly at: number;
  readonly size: number;
  readonly wide: 2 | 4;
}

const kinds: readonly Kind[] = [
  { name: 'superblock', path: 'superblock', places: [0, 4096], at: 8, size: 128, wide: 4 },
  { name: 'segment', path: 'journal', places: [0], at: 62, size: 128, wide: 2 },
  { name: 'snapshot', path: 'snapshots', places: [0], at: 8, size: 4096, wide: 4 },
  { name: 'run', path: 'runs', places: [0], at: 8, size: 4096, wide: 4 },
];

function makeNewer(folder: string, { path, places, at, size, wide }: Kind): string {
  const below = join(folder, path);
  const file = path === 'superblock' ? below : join(below, readdirSync(below).sort()[0]!);
  const bytes = readFileSync(file);
  for (const place of places) {
    const record = bytes.subarray(place, place + size);
    if (wide === 2) record.writeUInt16LE(record.readUInt16LE(at) + 1, at);
    else record.writeUInt32LE(record.readUInt32LE(at) + 1, at);
    record.writeUInt32LE(crc32(record.subarray(4)), 0);
  }
  writeFileSync(file, bytes);
  return file;
}

for (const kind of kinds) {
  for (const mode of ['inline', 'threads'] as const) {
    test(`a ${kind.name} of the next version is refused by name, and nothing is touched (${mode})`, async () => {
      const folder = join(home, `${kind.name} ${mode}`);
      unpack(newest, folder);
      const file = makeNewer(folder, kind);
      const before = picture(folder);
      await assert.rejects(open(folder, { mode }), (error: unknown) => {
        assert.ok(error instanceof TallystickError);
        assert.equal(error.code, 'format_newer');
        assert.match(error.next, /Upgrade/);
        assert.ok(error.message.includes(file), error.message);
        return true;
      });
      assert.equal(picture(folder), before);
    });
  }
}

test('a folder of other things is not touched either', async () => {
  const folder = join(home, 'letters');
  unpack(newest, folder);
  const strange = join(folder, 'journal');
  const before = picture(strange);
  await assert.rejects(open(strange), { code: 'format_foreign' });
  assert.equal(picture(strange), before);
});

test("another ledger's files in the folder are refused, and nothing is touched", async () => {
  for (const part of ['journal', 'snapshots']) {
    const folder = join(home, `mixed ${part}`);
    unpack(newest, folder);
    const bytes = readFileSync(join(folder, 'superblock'));
    for (const at of [0, 4096]) {
      bytes[at + 32]! ^= 1;
      bytes.writeUInt32LE(crc32(bytes.subarray(at + 4, at + 128)), at);
    }
    writeFileSync(join(folder, 'superblock'), bytes);
    const before = picture(folder);
    await assert.rejects(open(folder), { code: 'format_foreign' });
    assert.equal(picture(folder), before);
  }
});
