/** Nodes of several versions, and nodes that do not fit. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Introduction } from '../src/introduction.ts';
import { connectServers } from '../src/jetstream/connection.ts';
import { OrderStream } from '../src/jetstream/stream.ts';
import { type Standing, standingBytes, standingIn } from '../src/standing.ts';
import { skip, withServers } from './group.ts';
import { accounts, CLUSTER, close, eventually, openHere, transfer } from './here.ts';
import { ledgerOf } from './ledger-of.ts';

const HOUR_MS = 3_600_000;
const NOW = 1_700_000_000_000;
const LIMITS = 'batches of 8190';
const RETAIN = 400;

const other: Standing = {
  ...{ node: 9, process: 'another', role: 'following', epoch: 0, sequence: 0, hash: '', op: 0, address: '' },
  ...{ kept: 0, reads: 4, wall: NOW, limits: LIMITS, digestOp: 0, digest: '' },
};

/** What a new node hears of others, and why it ends; undefined: it does not. */
function introduced(...said: readonly Standing[]): string | undefined {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    let why: string | undefined;
    const introduction = new Introduction(
      () => ({ wall: NOW, limits: LIMITS }),
      ({ code, message }) => (why = `${code}: ${message}`),
    );
    for (const standing of said) introduction.hear(standing);
    mock.timers.tick(10_000);
    introduction.end();
    return why;
  } finally {
    mock.timers.reset();
  }
}

test('a node whose clock, or whose limits, are not those of all others ends by name', () => {
  const late = { ...other, wall: NOW + 3 * HOUR_MS };
  assert.equal(introduced(), undefined);
  assert.equal(introduced(other), undefined);
  assert.match(introduced(late)!, /cluster_invalid: the clock of this node is 3.0 hours behind that of node 9/);
  assert.equal(introduced(late, { ...other, node: 8 }), undefined, 'one other has the same: the third one is wrong');
  assert.match(introduced({ ...other, limits: 'batches of 100' })!, /node 9 has other limits .* 100, and here .* 8190/);
});

test('a node before format 4 says nothing of it, and is taken for what it is', () => {
  const { kept: _kept, reads: _reads, wall: _wall, limits: _limits, ...old } = other;
  const said = standingIn(standingBytes(old as Standing))!;
  assert.deepEqual([said.kept, said.reads, said.wall, said.limits], [0, 3, undefined, undefined]);
  assert.equal(introduced(said), undefined);
});

/** Of the records that the stream has. */
async function versions(stream: OrderStream): Promise<number[]> {
  const { first, last } = await stream.span();
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const records = await Promise.all(numbers.map((sequence) => stream.read(sequence)));
  return [...new Set(records.flatMap((record) => record?.[4] ?? []))].toSorted((a, b) => a - b);
}

test('a node does not lead where another one cannot read it, and says no base before all read bases', {
  skip,
}, async () => {
  await withServers(3, {}, async (servers, folder) => {
    const urls = servers.map(({ url }) => url);
    const stream = await OrderStream.open(await connectServers(urls, 'test'), CLUSTER);
    let reads: number | undefined = 2;
    const saying = setInterval(() => {
      if (reads !== undefined) stream.say(standingBytes({ ...other, wall: Date.now(), limits: undefined, reads }));
    }, 500);
    try {
      const node = await openHere(servers, folder, 0, undefined, RETAIN);
      await new Promise((resolve) => setTimeout(resolve, 4000));
      assert.equal(node.port.role, 'following');
      reads = 3;
      await eventually('it leads', () => node.port.role === 'leading');
      const ledger = ledgerOf(node.port);
      await ledger.createAccounts(accounts);
      for (let id = 100n; id < 110n; id++) await ledger.createTransfers([transfer(id)]);
      await new Promise((resolve) => setTimeout(resolve, 2500));
      assert.equal(node.port.retention.begin, 1, 'there is no base');
      assert.deepEqual(await versions(stream), [3]);
      reads = 4;
      await eventually('there is one', () => node.port.retention.begin > 1);
      await ledger.createTransfers([200n, 201n].map(transfer));
      assert.deepEqual(await versions(stream), [3, 4]);
      reads = 5;
      await eventually('events are packed against those before them', async () => {
        await ledger.createTransfers([200n, 201n].map(transfer));
        return (await versions(stream)).includes(5);
      });
      await close(node);
    } finally {
      clearInterval(saying);
      await stream.connection.close();
    }
  });
});
