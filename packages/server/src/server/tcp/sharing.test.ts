import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from 'tallystick/internal/client';
import { openMemory, SMALL_SIZES } from 'tallystick/internal/engine';
import { CreateTransferStatus, TallystickError, TransferFlags, type TransferInput } from 'tallystick/internal/model';
import { Ingress } from '../ingress.ts';
import { NativeServer } from './server.ts';

const transfer = (id: bigint, flags: number, pendingId = 0n): TransferInput => ({
  id,
  debit_account_id: flags === TransferFlags.post_pending_transfer ? 0n : 1n,
  credit_account_id: flags === TransferFlags.post_pending_transfer ? 0n : 2n,
  amount: 1n,
  pending_id: pendingId,
  user_data_128: 0n,
  user_data_64: 0n,
  user_data_32: 0,
  timeout: 0,
  ledger: 1,
  code: 1,
  flags,
  timestamp: 0n,
});

test('requests that shared a batch which had no room for pending transfers are sent again, each alone', async () => {
  const { engine } = openMemory({ sizes: { ...SMALL_SIZES, pendingsMax: SMALL_SIZES.ringCells + 1 } });
  const server = await NativeServer.listen(() => ({ port: new Ingress(engine) }), { port: 0 });
  const ledger = await connect(`tcp://127.0.0.1:${server.address.port}`);
  const account = { user_data_128: 0n, user_data_64: 0n, user_data_32: 0, ledger: 1, code: 1, flags: 0 };
  await ledger.createAccounts([1n, 2n].map((id) => ({ ...account, id })));
  await ledger.createTransfers([10n, 11n].map((id) => transfer(id, TransferFlags.pending)));

  const [posted, refused, plain] = await Promise.allSettled([
    ledger.createTransfers([transfer(20n, TransferFlags.post_pending_transfer, 10n)]),
    ledger.createTransfers([transfer(21n, TransferFlags.pending)]),
    ledger.createTransfers([transfer(22n, 0)]),
  ]);
  assert.equal(posted.status === 'fulfilled' && posted.value[0]!.status, CreateTransferStatus.created);
  assert.equal(plain.status === 'fulfilled' && plain.value[0]!.status, CreateTransferStatus.created);
  // Whether there is room again by then is a matter of order.
  const code = refused.status === 'rejected' && refused.reason instanceof TallystickError && refused.reason.code;
  assert.ok(refused.status === 'fulfilled' || code === 'too_many_pendings', String(code));
  await ledger.close();
  await server.drain();
  await engine.close();
});
