import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, call as callAt, startHttp } from '../../support/http.ts';

let base: string;
let close: () => Promise<void>;

before(async () => {
  [, base, close] = await startHttp({ heartbeatMs: 100, pollMs: 5 });
});
after(() => close());

function call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
  return callAt(base, method, path, body, headers);
}

let next = 1;
/** Two new accounts with history. */
async function pair(): Promise<[debit: string, credit: string]> {
  const ids: [string, string] = [String(next++), String(next++)];
  const { json } = await call(
    'POST',
    '/v1/accounts',
    ids.map((id) => ({ id, ledger: 1, code: 1, flags: 'history' })),
  );
  assert.deepEqual(
    json.map(({ status }) => status),
    ['created', 'created'],
  );
  return ids;
}

function between([debit, credit]: [string, string], values: object = {}): object {
  return {
    id: String(next++),
    debit_account_id: debit,
    credit_account_id: credit,
    amount: '5',
    ledger: 1,
    code: 1,
    ...values,
  };
}

async function send(accounts: [string, string], count: number, values: object = {}): Promise<string[]> {
  const { json } = await call(
    'POST',
    '/v1/transfers',
    Array.from({ length: count }, () => between(accounts, values)),
  );
  return json.map(({ status, timestamp }) => {
    assert.equal(status, 'created');
    return timestamp;
  });
}

describe('accounts and transfers', () => {
  test('are created one or many, once, and found by id', async () => {
    const accounts = await pair();
    const amount = String(2n ** 100n + 1n);
    const transfer = between(accounts, { amount });
    const created = await call('POST', '/v1/transfers', transfer);
    assert.equal(created.status, 200);
    assert.equal(created.json.status, 'created');
    const again = await call('POST', '/v1/transfers', [transfer]);
    assert.deepEqual(again.json, [{ ...created.json, status: 'exists' }]);
    assert.match(created.json.timestamp_iso, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{9}Z$/);
    const { json } = await call('GET', `/v1/accounts/${accounts[0]}`);
    assert.equal(json.debits_posted, amount);
    const found = await call('GET', `/v1/transfers/0x${BigInt((transfer as { id: string }).id).toString(16)}`);
    assert.deepEqual([found.json.amount, found.json.timestamp], [amount, created.json.timestamp]);
  });

  test('that are not there are 404, a problem that says what and what to do', async () => {
    const { status, headers, json } = await call('GET', '/v1/accounts/4711');
    assert.equal(status, 404);
    assert.match(headers['content-type']!, /^application\/problem\+json/);
    assert.deepEqual(Object.keys(json), ['type', 'title', 'status', 'detail', 'code', 'retriable', 'next']);
    assert.deepEqual([json.code, json.status, json.retriable], ['not_found', 404, false]);
  });

  test('amounts that JSON cannot carry are refused, not rounded', async () => {
    const accounts = await pair();
    const text = JSON.stringify(between(accounts)).replace('"amount":"5"', '"amount":9007199254740993');
    const { status, json } = await call('POST', '/v1/transfers', text);
    assert.equal(status, 400);
    assert.match(json.detail, /events\[0\]\.amount must be .*; beyond 2\^53 only text is exact/);
    assert.equal((await call('GET', `/v1/accounts/${accounts[0]}`)).json.debits_posted, '0');
  });

  test('every operation answers by its name', async () => {
    const accounts = await pair();
    await send(accounts, 2);
    const account_id = accounts[0];
    for (const [name, body, count] of [
      ['lookup_accounts', accounts, 2],
      ['lookup_transfers', ['1234567'], 0],
      ['get_account_transfers', { account_id }, 2],
      ['get_account_balances', [{ account_id }], 2],
      ['query_accounts', { limit: 1 }, 1],
      ['query_transfers', { limit: 2 }, 2],
      ['get_change_events', { limit: 1 }, 1],
      ['create_accounts', [], 0],
      ['create_transfers', [between(accounts)], 1],
    ] as const) {
      const { status, json } = await call('POST', `/v1/${name}`, body);
      assert.equal(status, 200, name);
      assert.equal(json.length, count, name);
    }
    assert.equal((await call('POST', '/v1/pulse', [])).status, 404);
    assert.equal((await call('POST', '/v1/query_accounts', [{}, {}])).status, 400);
    assert.equal((await call('POST', '/v1/query_accounts', { limit: 8190 })).status, 413);
  });
});

describe('questions', () => {
  test('come in pages that go on where one ended, both ways', async () => {
    const accounts = await pair();
    const sent = await send(accounts, 7);
    for (const reversed of [false, true]) {
      const seen: string[] = [];
      let path: string | undefined = `/v1/accounts/${accounts[0]}/transfers?limit=3&reversed=${reversed}`;
      let pages = 0;
      while (path !== undefined) {
        const { json, headers }: Answer = await call('GET', path);
        seen.push(...json.transfers.map(({ timestamp }) => timestamp));
        assert.equal(json.next, headers.link === undefined ? null : seen.at(-1));
        path = /^<(.*)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1];
        pages++;
      }
      assert.equal(pages, 3);
      assert.deepEqual(seen, reversed ? sent.toReversed() : sent);
    }
  });

  test('take the fields of filters, and nothing else', async () => {
    const accounts = await pair();
    const [first, second] = [
      await send(accounts, 2, { code: 77 }),
      await send(accounts, 1, { code: 78, user_data_64: '18446744073709551615' }),
    ];
    const count = async (path: string): Promise<number> => (await call('GET', path)).json.transfers.length;
    assert.equal(await count('/v1/transfers?code=77'), 2);
    assert.equal(await count('/v1/transfers?user_data_64=18446744073709551615'), 1);
    assert.equal(await count(`/v1/transfers?code=77&timestamp_min=${first[1]}`), 1);
    assert.equal(await count(`/v1/accounts/${accounts[0]}/transfers?credits`), 0);
    assert.equal(await count(`/v1/accounts/${accounts[0]}/transfers?debits=true&timestamp_min=${second[0]}`), 1);
    assert.equal((await call('GET', '/v1/accounts?ledger=1&limit=2')).json.accounts.length, 2);
    for (const wrong of [
      'codes=1',
      'flags=1',
      'code=x',
      'limit=0',
      'reversed=perhaps',
      'cursor=x',
      'timestamp_min=yesterday',
      'code=65536',
      'account_id=1',
    ]) {
      const { status, json } = await call('GET', `/v1/transfers?${wrong}`);
      assert.deepEqual([status, json.code], [400, 'invalid_argument'], wrong);
    }
  });

  test('balances at a time: before the account, before any transfer, between, and without history', async () => {
    const accounts = await pair();
    const [first] = await send(accounts, 1);
    const [second] = await send(accounts, 1);
    const path = `/v1/accounts/${accounts[0]}/balances`;
    const at = async (time: bigint | string): Promise<string> =>
      (await call('GET', `${path}?at=${time}`)).json.debits_posted;
    assert.equal(await at(BigInt(first!) - 1n), '0');
    assert.equal(await at(first!), '5');
    assert.equal(await at(BigInt(second!) - 1n), '5');
    assert.equal(await at('2200-01-01T00:00:00Z'), '10');
    assert.equal((await call('GET', `${path}?at=1`)).status, 404);
    assert.equal((await call('GET', `${path}?at=2001-01-01T00:00:00.000000001%2B01:00`)).status, 404);
    assert.equal((await call('GET', `${path}?at=noon`)).status, 400);
    assert.equal((await call('GET', path)).json.balances.length, 2);
    const plain = String(next++);
    await call('POST', '/v1/accounts', { id: plain, ledger: 1, code: 1 });
    assert.match(
      (await call('GET', `/v1/accounts/${plain}/balances?at=2200-01-01T00:00:00Z`)).json.detail,
      /keeps no history/,
    );
  });
});

/** Collects what a feed sends until `enough` of it has come. */
async function listen(
  headers: Record<string, string>,
  path: string,
  enough: (text: string) => boolean,
): Promise<string> {
  const stop = new AbortController();
  const response = await fetch(base + path, { headers, signal: stop.signal });
  assert.equal(response.status, 200);
  let text = '';
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      if (enough(text)) break;
    }
  } finally {
    stop.abort();
  }
  return text;
}

const events = (text: string): string[] =>
  [...text.matchAll(/^id: (\d+)\ndata: \{.*"timestamp":"\1".*\}$/gm)].map(([, id]) => id!);

describe('the change feed', () => {
  test('as server-sent events: what was, what comes, heartbeats, and from the last id on', async () => {
    const accounts = await pair();
    const [start] = await send(accounts, 1);
    const feed = listen(
      { accept: 'text/event-stream' },
      `/v1/changes?since=${start}`,
      (text) => events(text).length === 5 && text.includes(': still here'),
    );
    const sent = await send(accounts, 3);
    await sleep(50);
    sent.push(...(await send(accounts, 2)));
    assert.deepEqual(events(await feed), sent);
    const last = { accept: 'text/event-stream', 'last-event-id': sent[2]! };
    const resumed = await listen(last, `/v1/changes?since=${start}`, (text) => events(text).length === 2);
    assert.deepEqual(events(resumed), sent.slice(3));
  });

  test('as lines of JSON, with an end if asked for, and in pages', async () => {
    const accounts = await pair();
    const [start, ...sent] = await send(accounts, 1000);
    const lines = await call('GET', `/v1/changes?since=${start}&follow=false`, undefined, {
      accept: 'application/x-ndjson',
    });
    const found = lines.text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { timestamp: string; type: string });
    assert.deepEqual(
      found.map(({ timestamp }) => timestamp),
      sent,
    );
    assert.equal(found[0]!.type, 'single_phase');
    const page = await call('GET', `/v1/changes?since=${start}&limit=3`);
    assert.deepEqual([page.json.changes.length, page.json.next], [3, sent[2]]);
    const end = await call('GET', `/v1/changes?since=${sent.at(-1)}`);
    assert.deepEqual(end.json, { changes: [], next: sent.at(-1) });
    assert.equal((await call('GET', '/v1/changes', undefined, { accept: 'text/html' })).status, 406);
    assert.equal((await call('GET', '/v1/changes?until=5')).status, 400);
  });
});
