/**
 * The disks of the rig, looked at without a ledger, and that the rig finds a planted bug; `torture/power/canary.ts`
 * has the others.
 */
import '../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { replaced } from '../../sim/canary/plant.ts';
import { BLOCK_SIZE, DiskStorage } from '../../src/platform/index.ts';
import { temporaryFolder } from '../../test/support/folders.ts';
import { Random } from '../../testing/model/random.ts';
import { hangingDisks } from '../hanging-disk.ts';
import { powerCuts } from '../power-cut.ts';
import { killAll } from '../processes.ts';
import { huntPowerBug, powerBugs } from './canary.ts';
import { PoweredDisk, possibleDisks } from './powered-disk.ts';
import { type Fates, SECTOR_SIZE, VolatileBytes } from './volatile-bytes.ts';

const home = temporaryFolder();
after(killAll);
const { kinds, missing } = await possibleDisks(home);
const seed = Math.floor(Math.random() * 2 ** 31);
const { O_CREAT, O_DSYNC, O_RDWR } = fs.constants;

let disks = 0;
/**
 * A disk of that name, gone when the test is over; undefined, and the test skipped, where this machine permits none.
 */
async function diskFor(t: TestContext, name: string): Promise<{ disk: PoweredDisk; at: string } | undefined> {
  const kind = kinds.find((possible) => possible.name === name);
  if (kind === undefined) {
    t.skip(missing.join('; '));
    return undefined;
  }
  const disk = await PoweredDisk.make(join(home, `disk-${disks++}`), kind);
  t.after(() => disk.remove());
  return { disk, at: join(disk.folder, '..') };
}

const content = (path: string): string => fs.readFileSync(path, 'latin1');

function put(path: string, text: string, flags: number, sync: boolean): void {
  const file = fs.openSync(path, flags | O_CREAT | O_RDWR);
  fs.writeSync(file, text, 0, 'latin1');
  if (sync) fs.fsyncSync(file);
  fs.closeSync(file);
}

function syncFolder(path: string): void {
  const folder = fs.openSync(path, 'r');
  fs.fsyncSync(folder);
  fs.closeSync(folder);
}

/** The power goes, nobody being at work, and all that was on its way is lost. */
async function cutAndLose(disk: PoweredDisk): Promise<void> {
  await disk.cut();
  await disk.letGo();
  await disk.restart('lost', 1);
}

for (const name of ['what POSIX promises', 'ext4 on blocks']) {
  test(`${name}: a disk is taken away from a process that lives and has a file of it open`, async (t) => {
    const made = await diskFor(t, name);
    if (made === undefined) return;
    const { disk, at } = made;
    put(join(at, 'held'), 'old', 0, true);
    const held = fs.openSync(join(at, 'held'), 'r');
    const holder = spawn('sleep', ['600'], { stdio: [held, 'ignore', 'ignore'] });
    fs.closeSync(held);
    t.after(() => holder.kill('SIGKILL'));
    await disk.remove();
    assert.equal(holder.exitCode, null);
    assert.equal(fs.existsSync(join(at, 'held')), false);
  });

  test(`${name}: what was synced is there after the power went, what was not is lost`, async (t) => {
    const made = await diskFor(t, name);
    if (made === undefined) return;
    const { disk, at } = made;
    for (const file of ['written', 'synced', 'durable']) put(join(at, file), 'old', 0, true);
    // As the journal does, past the page cache.
    const storage = new DiskStorage();
    const journal = storage.open(join(at, 'direct'), { mode: 'create', durable: true, direct: true });
    syncFolder(at);
    put(join(at, 'written'), 'new', 0, false);
    put(join(at, 'synced'), 'new', 0, true);
    put(join(at, 'durable'), 'new', O_DSYNC, false);
    journal.write(storage.buffer(BLOCK_SIZE).fill(7), 0);
    journal.close();
    assert.equal(content(join(at, 'written')), 'new');
    await cutAndLose(disk);
    assert.equal(content(join(at, 'written')), 'old');
    assert.equal(content(join(at, 'synced')), 'new');
    assert.equal(content(join(at, 'durable')), 'new');
    assert.deepEqual(fs.readFileSync(join(at, 'direct')), Buffer.alloc(BLOCK_SIZE, 7));
  });
}

test('what POSIX promises: a name is there once its folder was synced, whatever was synced of the file', async (t) => {
  const made = await diskFor(t, 'what POSIX promises');
  if (made === undefined) return;
  const { disk, at } = made;
  for (const file of ['moved', 'removed', 'replaced']) put(join(at, file), file, 0, true);
  syncFolder(at);
  put(join(at, 'created'), 'created', 0, true);
  put(join(at, 'draft'), 'draft', 0, true);
  fs.renameSync(join(at, 'moved'), join(at, 'elsewhere'));
  fs.renameSync(join(at, 'draft'), join(at, 'replaced'));
  fs.unlinkSync(join(at, 'removed'));
  await cutAndLose(disk);
  assert.deepEqual(fs.readdirSync(at).sort(), ['moved', 'removed', 'replaced']);
  assert.equal(content(join(at, 'replaced')), 'replaced');

  fs.mkdirSync(join(at, 'folder'));
  put(join(at, 'folder', 'file'), 'file', 0, true);
  fs.linkSync(join(at, 'folder', 'file'), join(at, 'link'));
  assert.equal(fs.statSync(join(at, 'link')).nlink, 2);
  syncFolder(at);
  await cutAndLose(disk);
  assert.deepEqual(fs.readdirSync(at).sort(), ['folder', 'link', 'moved', 'removed', 'replaced']);
  assert.deepEqual(fs.readdirSync(join(at, 'folder')), []);
  assert.equal(content(join(at, 'link')), 'file');
});

test('what POSIX promises: a name that is kept without its bytes is an empty file', async (t) => {
  const made = await diskFor(t, 'what POSIX promises');
  if (made === undefined) return;
  const { disk, at } = made;
  put(join(at, 'draft'), 'bytes', 0, false);
  fs.renameSync(join(at, 'draft'), join(at, 'name'));
  syncFolder(at);
  await cutAndLose(disk);
  assert.deepEqual(fs.readdirSync(at), ['name']);
  assert.equal(content(join(at, 'name')), '');
});

test('whoever syncs when the power has gone hears nothing, and what it wrote is not found', async (t) => {
  const made = await diskFor(t, 'what POSIX promises');
  if (made === undefined) return;
  const { disk, at } = made;
  put(join(at, 'file'), 'old', 0, true);
  syncFolder(at);
  await disk.cut();
  let heard = false;
  const written = fs.promises.writeFile(join(at, 'file'), 'new', { flush: true }).then(() => {
    heard = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(heard, false);
  await disk.letGo();
  await written;
  await disk.restart('kept', 1);
  assert.equal(content(join(at, 'file')), 'old');
});

test('bytes on their way are kept, lost, or torn between sectors', () => {
  const fates: Fates = { kept: 0, lost: 0, torn: 0 };
  const random = new Random(seed);
  let torn = 0;
  for (let time = 0; time < 200; time++) {
    const bytes = new VolatileBytes(0);
    bytes.write(0, Buffer.alloc(4 * SECTOR_SIZE, 1));
    bytes.sync();
    bytes.write(100, Buffer.alloc(3 * SECTOR_SIZE, 2));
    bytes.freeze();
    bytes.write(0, Buffer.alloc(8 * SECTOR_SIZE, 3));
    bytes.sync();
    assert.equal(bytes.read(0, 1)[0], 3);
    bytes.restore('mixed', random, fates);
    const found = bytes.read(0, 8 * SECTOR_SIZE);
    assert.equal(found.length, 4 * SECTOR_SIZE);
    const edges = [...found.keys()].filter((at) => at > 0 && found[at] !== found[at - 1]);
    const borders = [100, 100 + 3 * SECTOR_SIZE, ...[1, 2, 3].map((sector) => sector * SECTOR_SIZE)];
    for (const edge of edges) assert.ok(borders.includes(edge), `seed ${seed}: byte ${edge}`);
    if (found.includes(2) && found.subarray(100, 100 + 3 * SECTOR_SIZE).includes(1)) torn++;
  }
  assert.equal(fates.kept + fates.lost + fates.torn, 200);
  assert.equal(fates.torn, torn);
  assert.ok(Math.min(fates.kept, fates.lost, fates.torn) > 10, JSON.stringify(fates));
});

test('a truncation is on its way like any other change', () => {
  const fates: Fates = { kept: 0, lost: 0, torn: 0 };
  for (const [mood, size] of [
    ['lost', 1000],
    ['kept', 10],
  ] as const) {
    const bytes = new VolatileBytes(0);
    bytes.write(0, Buffer.alloc(1000, 1));
    bytes.sync();
    bytes.truncate(10);
    assert.equal(bytes.size, 10);
    bytes.restore(mood, new Random(seed), fates);
    assert.equal(bytes.size, size);
    assert.equal(bytes.read(0, 1000).indexOf(0), -1);
  }
});

test('the power goes again and again: nothing told is lost', async (t) => {
  if (kinds.length === 0) return t.skip(missing.join('; '));
  const tally = await powerCuts({ folder: home, cuts: 8, cutsALedger: 4, seed });
  assert.deepEqual(tally.findings, [], `seed ${seed}: ${tally.how}`);
  assert.equal(tally.injected, 8);
  assert.ok(tally.checked > 0, tally.how);
});

test('a disk that hangs for a while: nothing is acknowledged meanwhile, and nothing told is lost', async (t) => {
  if (kinds.length === 0) return t.skip(missing.join('; '));
  const tally = await hangingDisks(home, 2, seed);
  assert.deepEqual(tally.findings, [], `seed ${seed}`);
  assert.equal(tally.injected, 2);
  assert.ok(tally.checked > 0);
});

test('the rig finds that a batch is acknowledged before it is on stable storage', async (t) => {
  if (kinds.length === 0) return t.skip(missing.join('; '));
  const { found, tally } = await huntPowerBug(powerBugs[0]!, home, seed);
  assert.ok(found, `seed ${seed}: ${tally.findings.join('\n')} ${tally.how}`);
  t.diagnostic(tally.findings[0]!);
});

test('every bug that the rig is shown can still be planted', () => {
  const dist = join(import.meta.dirname, '..', '..');
  for (const bug of powerBugs) {
    const text = fs.readFileSync(join(dist, bug.file), 'utf8');
    assert.notEqual(replaced({ ...bug, world: 'disk', seeds: 0 }, text), text, bug.name);
  }
});
