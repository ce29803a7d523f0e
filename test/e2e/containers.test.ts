/** Servers in containers: each start has another host name, and nobody sees the processes of another one. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CreateTransferStatus, connect } from '../../src/index.ts';

const main = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'cli', 'main.js');
const cannot =
  spawnSync('unshare', ['--uts', 'true']).status === 0 ? false : 'another host name needs `unshare --uts`, and root';
const folder = mkdtempSync(join(tmpdir(), 'tallystick-containers-'));
after(() => rmSync(folder, { recursive: true }));

class Container {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  errors = '';
  #address: Promise<string>;

  constructor(host: string, ledger: string, ...more: string[]) {
    const doors = ['grpc', 'http', 'msgpack', 'metrics'].flatMap((door) => [`--${door}-port`, 'off']);
    const serve = [process.execPath, main, 'serve', ledger, '--create', '--tcp-port', '0', ...doors, ...more];
    const inside = `hostname ${host} && exec "$@"`;
    this.child = spawn('unshare', ['--uts', 'sh', '-c', inside, 'sh', ...serve], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = once(this.child, 'exit').then(([code]) => code as number | null);
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.#address = new Promise((resolve, reject) => {
      this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        const address = /tcp:\/\/\S+/.exec(text)?.[0];
        if (address !== undefined) resolve(address);
      });
      void this.ended.then(() => reject(new Error(`${host} ended: ${this.errors}`)));
    });
    this.#address.catch(() => undefined);
  }

  get address(): Promise<string> {
    return this.#address;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}

const account = { ledger: 1, code: 1 };
const transfer = (id: bigint) => ({ id, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 });

test('a container that was killed is taken over by one with another name, with --take-over alone', {
  skip: cannot,
}, async () => {
  const ledger = join(folder, 'killed');
  const first = new Container('pod-a', ledger);
  const before = await connect(await first.address);
  await before.createAccounts([{ ...account, id: 1n }]);
  await first.end('SIGKILL');
  await before.close().catch(() => undefined);

  const refused = new Container('pod-b', ledger);
  assert.equal(await refused.ended, 2);
  assert.match(refused.errors, /locked.* was opened by process \d+ on pod-a, which cannot be seen from here/);
  assert.match(refused.errors, /serve it with `--take-over`/);

  const next = new Container('pod-b', ledger, '--take-over');
  await using ledgerAfter = await connect(await next.address);
  assert.equal((await ledgerAfter.lookupAccounts([1n])).length, 1);
  await next.end('SIGTERM');
  // It closed the folder, so nobody has to take it over.
  const last = new Container('pod-c', ledger);
  await last.address;
  await last.end('SIGTERM');
});

test('one that lives after all loses the folder, and neither loses what was acknowledged', {
  skip: cannot,
}, async () => {
  const ledger = join(folder, 'alive');
  const first = new Container('pod-a', ledger);
  await using before = await connect(await first.address, { reconnectTimeoutMs: 1 });
  await before.createAccounts([1n, 2n].map((id) => ({ ...account, id })));
  await before.createTransfers([transfer(1n)]);
  const second = new Container('pod-b', ledger, '--take-over');
  await using later = await connect(await second.address);
  await assert.rejects(before.createTransfers([transfer(2n)]));
  assert.equal(await first.ended, 2);
  assert.match(first.errors, /fence_lost/);
  const [result] = await later.createTransfers([transfer(3n)]);
  assert.equal(result!.status, CreateTransferStatus.created);
  const ids = (await later.lookupTransfers([1n, 2n, 3n])).map(({ id }) => id);
  assert.deepEqual(ids, [1n, 3n]);
  await second.end('SIGTERM');
});
