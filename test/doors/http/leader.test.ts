/** A node that follows sends those who ask over HTTP to the one that leads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PaymentsClient } from '../../../packages/services/src/client/index.ts';
import { TallystickError } from '../../../src/model/index.ts';
import { FakePort } from '../../../testing/ports/fake-port.ts';
import { startHttp } from '../../support/http.ts';

const transfer = { id: '1', debit_account_id: '1', credit_account_id: '2', amount: '1', ledger: 1, code: 1 };
const post = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify([transfer]),
  signal: AbortSignal.timeout(30_000),
} as const;

/** A port that follows, and never leads. */
function follows(): FakePort {
  const port = new FakePort();
  port.answer = () => Promise.reject(new TallystickError('not_leader', 'node 1 follows; nothing was done'));
  return port;
}

/** The door of a node that leads, and that of one that follows and knows so; both end with `run`. */
async function withTwo(run: (leader: FakePort, follower: string, leaderBase: string) => Promise<void>): Promise<void> {
  const leader = new FakePort();
  const [, leaderHttp, endLeader] = await startHttp({}, leader);
  const [, follower, endFollower] = await startHttp({ served: { ledgerId: 0n, op: 0, leaderHttp } }, follows());
  try {
    await run(leader, follower, leaderHttp);
  } finally {
    await Promise.all([endLeader(), endFollower()]);
  }
}

test('a request goes to the leader with its method, path, query and body', async () => {
  await withTwo(async (leader, follower, leaderHttp) => {
    const asked = await fetch(`${follower}/v1/transfers`, { ...post, redirect: 'manual' });
    assert.equal(asked.status, 307);
    assert.equal(asked.headers.get('location'), `${leaderHttp}/v1/transfers`);
    assert.equal(asked.headers.get('content-type'), 'application/problem+json');
    const problem = (await asked.json()) as { code: string; leader: string; retriable: boolean };
    assert.equal(problem.code, 'not_leader');
    assert.equal(problem.leader, leaderHttp);
    assert.equal(problem.retriable, true);
    assert.equal(leader.sent.length, 0);
    // `fetch` goes there by itself.
    const followed = await fetch(`${follower}/v1/transfers`, post);
    assert.equal(followed.status, 200);
    assert.equal(followed.url, `${leaderHttp}/v1/transfers`);
    assert.equal(leader.sent.length, 1);
    assert.equal(leader.sent[0]!.cells.view.getBigUint64(0, true), 1n);
    const read = await fetch(`${follower}/v1/transfers?ledger=1&limit=7`, { redirect: 'manual' });
    assert.equal(read.headers.get('location'), `${leaderHttp}/v1/transfers?ledger=1&limit=7`);
  });
});

test('a page in a browser is not sent to another origin, and a node that knows no leader sends nobody', async () => {
  await withTwo(async (_, follower, leaderHttp) => {
    const headers = { ...post.headers, 'sec-fetch-site': 'same-origin' };
    const page = await fetch(`${follower}/v1/transfers`, { ...post, headers });
    assert.equal(page.status, 503);
    assert.equal(page.headers.get('location'), null);
    assert.equal(((await page.json()) as { leader: string }).leader, leaderHttp);
  });
  const [, alone, end] = await startHttp({}, follows());
  const asked = await fetch(`${alone}/v1/transfers`, post);
  assert.equal(asked.status, 503);
  assert.ok(asked.headers.get('retry-after') !== null);
  assert.equal('leader' in ((await asked.json()) as object), false);
  await end();
});

const PATH = '/v1/payments/accounts/ann?asset=EUR';
const moved = (to: string): Response =>
  new Response('{"code":"not_leader"}', { status: 307, headers: { location: `${to}${PATH}` } });
const answered = (): Response => new Response('{"name":"ann"}', { status: 200 });

test('a client of payments brings its token, stays with the leader, and comes back when that is gone', async () => {
  const asked: string[] = [];
  let leads = 'https://b';
  let gone = '';
  const ask = (async (input: string, init: RequestInit) => {
    const { origin } = new URL(input);
    assert.equal(init.redirect, 'manual');
    assert.equal((init.headers as Record<string, string>).authorization, 'Bearer token');
    asked.push(origin);
    if (origin === gone) throw new TypeError('fetch failed');
    return origin === leads ? answered() : moved(leads);
  }) as typeof fetch;
  const client = new PaymentsClient(['https://a', 'https://b', 'https://c'], { token: 'token', fetch: ask });
  await client.account('ann', 'EUR');
  await client.account('ann', 'EUR');
  assert.deepEqual(asked.splice(0), ['https://a', 'https://b', 'https://b']);
  [leads, gone] = ['https://c', 'https://b'];
  await client.account('ann', 'EUR');
  assert.deepEqual(asked, ['https://b', 'https://a', 'https://c']);
});

test('a client of payments does not leave TLS, and does not run in circles', async () => {
  const options = { token: 'token', retries: 0 };
  const plain = (async () => moved('http://b')) as unknown as typeof fetch;
  const down = new PaymentsClient('https://a', { ...options, fetch: plain }).account('ann', 'EUR');
  await assert.rejects(down, { code: 'not_leader', status: 307, isUnknown: false });
  let hops = 0;
  const circle = (async (input: string) => {
    hops++;
    return moved(input.startsWith('https://a') ? 'https://b' : 'https://a');
  }) as unknown as typeof fetch;
  const round = new PaymentsClient('https://a', { ...options, fetch: circle }).account('ann', 'EUR');
  await assert.rejects(round, { code: 'not_leader' });
  assert.equal(hops, 5);
});
