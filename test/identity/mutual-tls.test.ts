/** Mutual TLS with certificates that live for seconds, of step-ca: replaced on both sides while money moves. */
import '../support/plain.ts';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CertificateKeeper } from '../../packages/server/src/acme/index.ts';
import { connect } from '../../src/client/index.ts';
import { CreateTransferStatus } from '../../src/model/index.ts';
import { temporaryFolder } from '../support/access.ts';
import { missing, startStepCa } from '../support/acme-servers.ts';
import { ServedDoors, welcome } from '../support/served-doors.ts';

const skip = missing('STEP_CA', 'step-ca');
const folder = temporaryFolder();
after(() => rmSync(folder, { recursive: true }));

const serialOf = (path: string): string => new X509Certificate(readFileSync(path)).serialNumber;

test('certificates of seconds on both sides: no call fails, and whoever has none stays out', { skip }, async (t) => {
  const acme = await startStepCa(folder, '12s');
  t.after(() => acme.stop());
  const own = join(folder, 'server');
  const server = await ServedDoors.start(':memory:', [
    ...['--acme-directory', acme.directory, '--acme-ca', acme.ca, '--acme-names', '127.0.0.1', '--acme-folder', own],
    ...['--acme-port', String(acme.ports['http-01'])],
    ...['--tls-ca', acme.ca, '--tls-require-client-certificate'],
  ]);
  t.after(() => server.end());
  const problems: string[] = [];
  const keeper = await CertificateKeeper.open(
    {
      directory: acme.directory,
      ca: acme.ca,
      names: ['127.0.0.1'],
      folder: join(folder, 'client'),
      challenge: 'tls-alpn-01',
      host: '127.0.0.1',
      port: acme.ports['tls-alpn-01'],
    },
    { renewed: () => {}, problem: ({ message }) => problems.push(message) },
  );
  t.after(() => keeper.close());
  const [theirs, ours] = [join(own, 'certificate.pem'), join(folder, 'client', 'certificate.pem')];
  const ca = readFileSync(acme.ca, 'utf8');
  assert.notEqual((await welcome('native', server.urls.native, { tls: { ca } }, 1n))[0], 'ok');

  const ledger = await connect(`${server.urls.native}?ca=${acme.ca}&certificate=${ours}&key=${ours}`);
  await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  const [servers, clients] = [new Set<string>(), new Set<string>()];
  let id = 0n;
  // The connection ends with the certificate that it was opened with, and the next one shows the next.
  for (const until = performance.now() + 60_000; servers.size < 3 || clients.size < 3; ) {
    assert.ok(performance.now() < until, `${servers.size} and ${clients.size} certificates; ${problems}`);
    const results = await ledger.createTransfers([
      { id: ++id, debit_account_id: 1n, credit_account_id: 2n, amount: 1n, ledger: 1, code: 1 },
    ]);
    assert.equal(results[0]!.status, CreateTransferStatus.created);
    servers.add(serialOf(theirs));
    clients.add(serialOf(ours));
    await sleep(5);
  }
  assert.equal((await ledger.lookupAccounts([2n]))[0]!.credits_posted, id);
  assert.deepEqual(problems, []);

  // Without the authority both certificates end, and nobody comes in any more.
  keeper.close();
  await acme.stop();
  const tls = { ca, cert: readFileSync(ours), key: readFileSync(ours) };
  await ledger.close();
  await sleep(Date.parse(new X509Certificate(tls.cert).validTo) - Date.now() + 1000);
  assert.notEqual((await welcome('native', server.urls.native, { tls }, 9n))[0], 'ok');
  assert.match(server.log(), /no new certificate could be had by ACME/);
  assert.match(server.log(), /the certificate of this server/);
});
