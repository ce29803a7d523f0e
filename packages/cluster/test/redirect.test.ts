/** HTTP at a cluster: whoever asks a node that follows gets to the one that leads, also when that has changed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { NodeProcess } from '../src/local/nodes.ts';
import { skip, withGroup } from './group.ts';
import { eventually } from './here.ts';

/** The address of a node's HTTP door, as its log has it. */
function httpOf({ log }: NodeProcess): string {
  const lines = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const opened = lines.map((line) => JSON.parse(line) as { readonly door?: string; readonly url?: string });
  return opened.findLast(({ door, url }) => door === 'http' && url !== undefined)!.url!;
}

function post(url: string, body: object, redirect: 'follow' | 'manual' = 'follow'): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(30_000);
  return fetch(url, { method: 'POST', headers, body: JSON.stringify([body]), redirect, signal });
}

const account = (id: number): object => ({ id: `${id}`, ledger: 1, code: 1 });
const transfer = (id: number): object => ({
  ...{ id: `${id}`, debit_account_id: '1', credit_account_id: '2', amount: '1', ledger: 1, code: 1 },
});

test('a write over HTTP reaches the leader from any node, and the next leader when that is gone', {
  skip,
}, async () => {
  await withGroup(
    async (group) => {
      const { node: leader, epoch } = await group.leader();
      const [follower, other] = group.nodes.filter((node) => node !== leader);
      const sent = (): Promise<Response> => post(`${httpOf(follower!)}/v1/accounts`, account(1), 'manual');
      await eventually('the follower has heard where the leader is', async () => (await sent()).status === 307);
      assert.equal((await sent()).headers.get('location'), `${httpOf(leader)}/v1/accounts`);
      for (const id of [1, 2]) assert.equal((await post(`${httpOf(follower!)}/v1/accounts`, account(id))).status, 200);
      const created = await post(`${httpOf(other!)}/v1/transfers`, transfer(100));
      assert.equal(((await created.json()) as [{ status: string }])[0].status, 'created');

      await leader.stop('SIGKILL');
      const { node: next } = await group.leader(epoch);
      const last = next === follower ? other! : follower!;
      await eventually('a write reaches the next leader', async () => {
        const again = await post(`${httpOf(last)}/v1/transfers`, transfer(101)).catch(() => undefined);
        return again?.status === 200 && again.url.startsWith(httpOf(next));
      });
      const read = await fetch(`${httpOf(last)}/v1/accounts/1`);
      assert.equal(((await read.json()) as { debits_posted: string }).debits_posted, '2');
    },
    ['--http-port', '0'],
  );
});
