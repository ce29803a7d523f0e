/** A system that gives no memory is an error with a code, at opening and later; nothing that was told is lost. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sharedMemory } from '../../src/base/index.ts';
import { openFolder } from '../../src/engine/index.ts';
import { ObjectLedger, orMemoryFull, TallystickError } from '../../src/model/index.ts';

const child = join(import.meta.dirname, 'memory-refused-child.js');
const limits = spawnSync('bash', ['-c', 'ulimit -v 1048576 && command -v prlimit'], { encoding: 'utf8' });
const skip = limits.status === 0 ? false : 'this system cannot limit the addresses of a process';

interface Heard {
  readonly code?: string;
  readonly message?: string;
  readonly told: number;
  readonly read: number;
}

function run(folder: string, mode: string, before = ''): Heard {
  const command = `${before} exec "$0" "$@"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, child, folder, mode], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.ok(stdout.startsWith('{'), stderr);
  return JSON.parse(stdout) as Heard;
}

for (const mode of ['threads', 'inline'] as const) {
  test(`${mode}: a ledger that gets no memory is not opened, and is found whole`, { skip }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-'));
    const heard = run(folder, mode, 'ulimit -v 4194304;');
    assert.equal(heard.code, 'memory_full', heard.message);
    assert.match(heard.message!, /the system gives no more memory/);
    const { engine } = await openFolder(folder, { mode });
    assert.deepEqual(await new ObjectLedger(engine).lookupAccounts([1n]), []);
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  test(`${mode}: one that gets no more writes as long as it can, and reads`, { skip }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-'));
    const heard = run(folder, mode);
    assert.equal(heard.code, 'memory_full', heard.message);
    assert.match(heard.message!, /nothing was done, and reads go on/);
    assert.ok(heard.told >= 1000, `${heard.told} were told`);
    assert.equal(heard.read, heard.told);
    const { engine } = await openFolder(folder, { mode });
    const ledger = new ObjectLedger(engine);
    const ids = Array.from({ length: heard.told }, (_, index) => BigInt(index + 1));
    assert.equal((await ledger.lookupTransfers(ids.slice(0, 8189))).length, Math.min(heard.told, 8189));
    await ledger.close();
    rmSync(folder, { recursive: true });
  });
}

test('what the language says of memory has a name, and nothing else gets it', () => {
  const refusals = [() => new Uint8Array(2 ** 53 - 1), () => new Array(-1), () => sharedMemory(1).grow(65_536)];
  const named = refusals.map((refused) => {
    try {
      return refused();
    } catch (error) {
      return orMemoryFull(error);
    }
  });
  assert.ok(named[1] instanceof TallystickError && named[1].code === 'memory_full', String(named[1]));
  assert.ok(named[2] instanceof TallystickError && named[2].code === 'memory_full', String(named[2]));
  assert.ok(named[0] instanceof RangeError, 'a length that no array has is a mistake of ours');
  const other = new RangeError('toFixed() digits argument must be between 0 and 100');
  assert.equal(orMemoryFull(other), other);
  assert.equal(orMemoryFull('a string'), 'a string');
});
