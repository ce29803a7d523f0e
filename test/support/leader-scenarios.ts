/** What a client of several nodes does, over whichever protocol `connectedTo` speaks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectOptions, RemoteLedger } from '../../src/index.ts';
import { TallystickError } from '../../src/model/index.ts';
import { FakePort } from '../../testing/ports/fake-port.ts';

export const transfer = { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 };

/** A node that does not lead. */
export const follows = (): never => {
  throw new TallystickError('not_leader');
};

type ConnectedTo = (ports: readonly FakePort[], options?: ConnectOptions) => Promise<RemoteLedger>;

export function testLeaders(connectedTo: ConnectedTo): void {
  test('a client that knows several nodes asks until one leads, and does everything there once', async () => {
    const [first, second, third] = [new FakePort(), new FakePort(), new FakePort()];
    first.answer = follows;
    second.answer = follows;
    const ledger = await connectedTo([first, second, third]);
    const results = await Promise.all([1n, 2n, 3n].map((id) => ledger.createTransfers([{ ...transfer, id }])));
    assert.equal(results.length, 3);
    assert.equal(third.sent.length, 3);
    third.answer = follows;
    second.answer = () => new Uint8Array(0);
    assert.deepEqual(await ledger.lookupAccounts([1n]), []);
  });

  test('where nobody leads, a client hears so when its patience is over', async () => {
    const ports = [new FakePort(), new FakePort()];
    for (const port of ports) port.answer = follows;
    const ledger = await connectedTo(ports, { reconnectTimeoutMs: 300 });
    await assert.rejects(ledger.createTransfers([transfer]), { code: 'not_leader', retriable: true });
  });
}
