import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FaultyStorage } from '../../testing/disk/faulty-storage.ts';
import { DiskStorage, lives, MemoryStorage, type Owner, thisOwner } from '../platform/index.ts';
import { Fence } from './fence.ts';

const owner = (pid: number, host = 'here'): Owner => ({ pid, start: '1', boot: 'b', namespace: 'n', host });
const dead = (): 'no' => 'no';
const alive = (): 'yes' => 'yes';

test('a ledger that is open is refused, with who has it and what to do', () => {
  const storage = new MemoryStorage();
  const fence = Fence.acquire(storage, '/l');
  assert.equal(fence.token, 1n);
  assert.throws(() => Fence.acquire(storage, '/l'), {
    code: 'locked',
    message: new RegExp(`/l is open in process ${process.pid} on .*: close it there`),
  });
  fence.check();
  fence.release();
  const second = Fence.acquire(storage, '/l');
  assert.equal(second.token, 2n);
  assert.deepEqual(storage.list('/l'), ['writer-0000000000000002.lock']);
});

test('a dead holder is succeeded under a higher token, and finds out if it was not dead', () => {
  const storage = new MemoryStorage();
  const first = Fence.acquire(storage, '/l', { owner: owner(7) });
  assert.throws(() => Fence.acquire(storage, '/l', { owner: owner(8), lives: alive }), { code: 'locked' });
  const second = Fence.acquire(storage, '/l', { owner: owner(8), lives: dead });
  assert.equal(second.token, 2n);
  second.check();
  assert.throws(() => first.check(), { code: 'fence_lost' });
  first.release();
  second.check();
  const third = Fence.acquire(storage, '/l', { owner: owner(9), lives: dead });
  assert.throws(() => second.check(), { code: 'fence_lost' });
  third.check();
});

test('a writer that looks at a folder at rest finds out at once that it was replaced', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'tallystick-'));
  t.after(() => rmSync(root, { recursive: true }));
  const storage = new DiskStorage();
  const first = Fence.acquire(storage, root, { owner: owner(7) });
  const hourAgo = Date.now() / 1000 - 3600.5;
  utimesSync(root, hourAgo, hourAgo);
  for (let look = 0; look < 3; look++) first.check();
  const second = Fence.acquire(storage, root, { owner: owner(8), lives: dead });
  assert.throws(() => first.check(), { code: 'fence_lost' });
  second.check();
});

test('of two that find the holder dead at once, one becomes the writer', () => {
  const storage = new MemoryStorage();
  Fence.acquire(storage, '/l', { owner: owner(7) });
  let other: Fence | undefined;
  const asked: number[] = [];
  assert.throws(
    () =>
      Fence.acquire(storage, '/l', {
        owner: owner(8),
        lives: (holder) => {
          asked.push(holder.pid);
          if (holder.pid !== 7) return 'yes';
          // Between the look and the claim somebody else does the same.
          other = Fence.acquire(storage, '/l', { owner: owner(9), lives: dead });
          return 'no';
        },
      }),
    { code: 'locked', message: /process 9/ },
  );
  assert.deepEqual(asked, [7, 9]);
  other!.check();
});

test('a holder on another machine is only taken over from when told to', () => {
  const storage = new MemoryStorage();
  Fence.acquire(storage, '/l', { owner: owner(7, 'there') });
  const self = owner(8);
  const options = { owner: self, lives: (holder: Owner) => lives(holder, self) };
  assert.throws(() => Fence.acquire(storage, '/l', options), { code: 'locked', next: /takeOver/ });
  assert.equal(Fence.acquire(storage, '/l', { ...options, takeOver: true }).token, 2n);
});

test('tokens stay above those of the journal when the lock file was removed, and an unreadable one is refused', () => {
  const storage = new MemoryStorage();
  assert.equal(Fence.acquire(storage, '/l', { tokenAtLeast: 41n }).token, 41n);
  storage.open('/m/writer-0000000000000003.lock', { mode: 'create' }).write(new Uint8Array(5).fill(0x21), 0);
  assert.throws(() => Fence.acquire(storage, '/m'), { code: 'locked', message: /cannot be read/ });
});

test('a killed process holds nothing, one that runs does; another boot or container of its name is gone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-'));
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    await once(child, 'spawn');
    const storage = new DiskStorage();
    const self = thisOwner();
    const start = (pid: number): Owner => ({ ...self, pid, start: '' });
    Fence.acquire(storage, folder, { owner: start(child.pid!) });
    assert.throws(() => Fence.acquire(storage, folder), {
      code: 'locked',
      message: new RegExp(`process ${child.pid} `),
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const fence = Fence.acquire(storage, folder);
    assert.equal(fence.token, 2n);
    fence.check();
    assert.equal(lives({ ...self, start: `${self.start}1` }, self), 'no');
    assert.equal(lives({ ...self, boot: 'another' }, self), 'no');
    assert.equal(lives({ ...self, namespace: 'another' }, self), 'no');
    assert.equal(lives(self), 'yes');
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
});

test('a writer whose disk does nothing any more can open its ledger again when the disk works', () => {
  const storage = new FaultyStorage();
  const first = Fence.acquire(storage, '/broken');
  storage.faults = () => ({ kind: 'error', code: 'disk_failed', errno: 'EIO', part: 0 });
  assert.throws(() => first.release(), { code: 'disk_failed' });
  storage.repair();
  assert.equal(Fence.acquire(storage, '/broken').token, first.token + 1n);
  // The sync of the folder fails: whoever hears that has claimed nothing.
  storage.faults = ({ kind }) =>
    kind === 'sync_folder' ? { kind: 'error', code: 'disk_failed', errno: 'EIO', part: 0 } : undefined;
  assert.throws(() => Fence.acquire(storage, '/other'), { code: 'disk_failed' });
  storage.repair();
  assert.equal(Fence.acquire(storage, '/other').token, 1n);
});

test("a lock without content is nobody's: the next writer takes over, and one that lives finds out", () => {
  for (const size of [0, 4096]) {
    const storage = new MemoryStorage();
    const first = Fence.acquire(storage, '/l', { owner: owner(7) });
    const file = storage.open('/l/writer-0000000000000001.lock', { mode: 'write' });
    file.truncate(0);
    file.write(new Uint8Array(size), 0);
    const second = Fence.acquire(storage, '/l', { owner: owner(8), lives: alive });
    assert.equal(second.token, 2n);
    assert.equal(second.ousted, true);
    assert.throws(() => first.check(), { code: 'fence_lost' });
  }
});

test('an ended writer of a renamed folder keeps its own process out no longer; one at work does', () => {
  const storage = new DiskStorage();
  const parent = mkdtempSync(join(tmpdir(), 'tallystick-'));
  const [here, there] = [join(parent, 'here'), join(parent, 'there')];
  storage.makeFolder(here);
  const first = Fence.acquire(storage, here);
  renameSync(here, there);
  assert.throws(() => first.check(), { code: 'fence_lost' });
  assert.throws(() => Fence.acquire(storage, there), { code: 'locked' });
  first.release();
  const second = Fence.acquire(storage, there);
  assert.equal(second.token, 2n);
  // Another writer of this process gave up its folder; that says nothing of this writer.
  assert.throws(() => Fence.acquire(storage, there), { code: 'locked' });
  rmSync(parent, { recursive: true });
});
