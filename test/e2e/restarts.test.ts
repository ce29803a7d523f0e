/**
 * Clients with `retry` and a server that is killed, and ended, again and again: their callers notice nothing, and
 * everything is there once.
 */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTransferStatus, connect, type RemoteLedger } from '../../src/index.ts';
import { temporaryFolder } from '../support/access.ts';
import { ServedDoors } from '../support/served-doors.ts';

const folder = temporaryFolder();
after(() => rmSync(folder, { recursive: true, force: true }));

const CALLERS = 4;
const BATCH = 20;
const SIGNALS: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGKILL', 'SIGTERM'];

test('unanswered requests that are sent again are done once, over either protocol and after any end', async () => {
  const path = join(folder, 'ledger');
  let server = await ServedDoors.start(path);
  const { native, grpc } = server.urls;
  const ports = ['--tcp-port', new URL(native).port, '--grpc-port', new URL(grpc).port];
  const ledgers = await Promise.all(
    [native, grpc].map((url) => connect(url, { retry: true, reconnectTimeoutMs: 60_000 })),
  );
  await ledgers[0]!.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  let over = false;
  let next = 1n;
  const [overNative, overGrpc] = [new Map<string, number>(), new Map<string, number>()];
  const caller = async (ledger: RemoteLedger): Promise<void> => {
    const statuses = ledger === ledgers[0] ? overNative : overGrpc;
    while (!over) {
      const batch = Array.from({ length: BATCH }, () => ({
        id: next++,
        debit_account_id: 1n,
        credit_account_id: 2n,
        amount: 1n,
        ledger: 1,
        code: 1,
      }));
      for (const { status } of await ledger.createTransfers(batch)) {
        const name = CreateTransferStatus[status]!;
        statuses.set(name, (statuses.get(name) ?? 0) + 1);
      }
    }
  };
  const callers = ledgers.flatMap((ledger) => Array.from({ length: CALLERS }, () => caller(ledger)));
  for (const signal of SIGNALS) {
    const before = next;
    while (next < before + BigInt(20 * BATCH)) await sleep(5);
    await server.end(signal);
    server = await ServedDoors.start(path, ports);
  }
  over = true;
  await Promise.all(callers);
  const { created = 0, exists = 0, ...others } = Object.fromEntries(overGrpc);
  assert.deepEqual(others, {});
  // Over the native protocol the first replies are heard.
  assert.deepEqual([...overNative.keys()], ['created']);
  assert.equal(BigInt(created + exists + overNative.get('created')!), next - 1n);
  for (const ledger of ledgers) {
    const [debit] = await ledger.lookupAccounts([1n]);
    assert.equal(debit!.debits_posted, next - 1n);
    await ledger.close();
  }
  assert.equal(await server.end(), 0);
});
