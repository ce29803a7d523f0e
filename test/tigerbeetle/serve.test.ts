/** Doors, lanes and health in front of TigerBeetle, whose client is a fake over the reference model. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfiguration } from '../../packages/server/src/config/index.ts';
import { brokenRules } from '../../packages/server/src/config/rules.ts';
import { LedgerServer, startLog } from '../../packages/server/src/serve/index.ts';
import { Watch } from '../../packages/server/src/serve/open-backend.ts';
import { connect } from '../../src/index.ts';
import { connectFake } from './fake.ts';

const address = 'tigerbeetle://127.0.0.1:3000?cluster=7';
const quiet = { 'log.level': 'silent', 'metrics.port': 0, 'msgpack.port': 'off' } as const;
const free = { 'tcp.port': 0, 'grpc.port': 0, 'http.port': 0 };

function configured(flags: object): ReturnType<typeof loadConfiguration> {
  return loadConfiguration({ flags: { folder: address, ...quiet, ...free, ...flags }, environment: {}, cwd: '/' });
}

test('every door answers from it, requests are sent again with their ids, and feeds say what is missing', async () => {
  const { port } = await connectFake();
  const loaded = configured({});
  const backend = async () => ({ port, ledgerId: port.welcome.ledgerId, ping: () => port.ping() });
  const server = await LedgerServer.prepare(loaded, await startLog(loaded), { backend });
  try {
    assert.equal(await server.open(new AbortController().signal), true);
    const of = (scheme: string): string => server.urls.find((url) => url.startsWith(scheme))!;
    const native = await connect(of('tcp:'), { retry: true });
    await native.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
    const transfer = { id: 7n, debit_account_id: 1n, credit_account_id: 2n, amount: 5n, ledger: 1, code: 1 };
    const [first, again] = [await native.createTransfers([transfer]), await native.createTransfers([transfer])];
    assert.deepEqual([first[0]!.status, again[0]!.status], [0xffff_ffff, 46]);
    const grpc = await connect(of('grpc:'));
    assert.equal((await grpc.lookupAccounts([2n]))[0]!.credits_posted, 5n);
    await assert.rejects(grpc.getChangeEvents({}), { code: 'unsupported' });
    const http = await fetch(`${of('http:')}/v1/accounts/2`);
    assert.equal(((await http.json()) as { credits_posted: string }).credits_posted, '5');
    const feed = await fetch(`${of('http:')}/v1/changes`);
    assert.deepEqual([feed.status, ((await feed.json()) as { code: string }).code], [501, 'unsupported']);
    await Promise.all([native.close(), grpc.close()]);
  } finally {
    await server.close();
  }
});

test('a cluster that falls silent is noticed, and so is one that answers again', async () => {
  let answer: (() => void) | undefined;
  let isSilent = false;
  const ping = (): Promise<void> => (isSilent ? new Promise((resolve) => (answer = resolve)) : Promise.resolve());
  const watch = new Watch(ping, 5, 200);
  await sleep(300);
  assert.equal(watch.answers, true);
  isSilent = true;
  await sleep(600);
  assert.equal(watch.answers, false);
  isSilent = false;
  answer?.();
  await sleep(50);
  assert.equal(watch.answers, true);
  watch.end();
});

test('the settings of a folder are refused beside such an address', () => {
  const { configuration } = configured({});
  assert.deepEqual(brokenRules(configuration), []);
  for (const [key, value] of [
    ['create', true],
    ['takeOver', true],
    ['shards', 2],
    ['services', ['payments']],
  ] as const) {
    const [broken] = brokenRules({ ...configuration, [key]: value });
    assert.equal(broken?.key, key);
    assert.match(broken.why, /TigerBeetle/);
  }
});
