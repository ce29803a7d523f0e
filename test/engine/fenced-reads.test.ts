import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineReplayPort, openFolder, SMALL_SIZES } from '../../src/engine/index.ts';
import { TallystickError } from '../../src/model/index.ts';
import { MemoryStorage } from '../../src/platform/index.ts';
import { op } from '../../testing/model/names.ts';
import { accountLayout, encode, encodeIds } from '../../testing/model/records.ts';

const owner = (pid: number): { pid: number; start: string; boot: string; namespace: string; host: string } => ({
  pid,
  start: '',
  boot: '',
  namespace: '',
  host: 'here',
});

test('a writer that was thought dead and is not answers no reads: its ledger has gone on without it', async () => {
  const storage = new MemoryStorage();
  const open = async (pid: number): Promise<EngineReplayPort> => {
    const writer = { owner: owner(pid), lives: () => 'no' as const };
    const { engine } = await openFolder('/ledger', { mode: 'inline', storage, sizes: SMALL_SIZES, writer });
    return new EngineReplayPort(engine);
  };
  const old = await open(1);
  const accounts = encode(accountLayout, [{ id: 1n, ledger: 1n, code: 1n }]);
  await old.request(op.create_accounts, accounts);
  assert.equal((await old.request(op.lookup_accounts, encodeIds([1n, 2n]))).length, 128);

  const young = await open(2);
  await young.request(op.create_accounts, encode(accountLayout, [{ id: 2n, ledger: 1n, code: 1n }]));
  const fenceLost = (error: unknown): boolean => error instanceof TallystickError && error.code === 'fence_lost';
  await assert.rejects(old.request(op.lookup_accounts, encodeIds([1n, 2n])), fenceLost);
  assert.equal((await young.request(op.lookup_accounts, encodeIds([1n, 2n]))).length, 256);
  await young.close();
});
