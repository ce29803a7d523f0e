/**
 * What a caller over HTTP did not mean is refused, with the place of it: nothing is not zero, and nothing is rounded.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, call as callAt, startHttp } from '../../support/http.ts';

let base: string;
let close: () => Promise<void>;

before(async () => {
  [, base, close] = await startHttp();
});
after(() => close());

const call = (method: string, path: string, body?: unknown): Promise<Answer> => callAt(base, method, path, body);

let next = 1;
/** Two new accounts with history. */
async function pair(): Promise<[debit: string, credit: string]> {
  const ids: [string, string] = [String(next++), String(next++)];
  await call(
    'POST',
    '/v1/accounts',
    ids.map((id) => ({ id, ledger: 1, code: 1, flags: 'history' })),
  );
  return ids;
}

function between([debit, credit]: [string, string], values: object = {}): object {
  const accounts = { debit_account_id: debit, credit_account_id: credit };
  return { id: String(next++), ...accounts, amount: '5', ledger: 1, code: 1, ...values };
}

test('nothing is not zero, one name is not two, and nothing is rounded: no money moves', async () => {
  const accounts = await pair();
  const hold = between(accounts, { amount: '50', flags: 'pending' }) as { id: string };
  assert.equal((await call('POST', '/v1/transfers', hold)).json.status, 'created');
  const post = { id: String(next++), pending_id: hold.id, flags: 'post_pending_transfer' };
  const whole = JSON.stringify(between(accounts));
  const wrong: [body: string, detail: RegExp][] = [
    [JSON.stringify({ ...post, amount: null }), /^events\[0\]\.amount must be/],
    [JSON.stringify(post), /^events\[0\]\.amount is missing/],
    [JSON.stringify([between(accounts), post]), /^events\[1\]\.amount is missing/],
    [whole.replace('"amount":"5",', ''), /^events\[0\]\.amount is missing/],
    [`[${whole.replace('"amount":"5"', '"amount":"5","amount":"6"')}]`, /^events\[0\]\.amount is there twice/],
    [whole.replace('"amount":"5"', '"amount":"5","\\u0061mount":"5"'), /^events\[0\]\.amount is there twice/],
    [whole.replace('"amount"', '"ammount"'), /^events\[0\] has no field ammount/],
  ];
  for (const amount of ['null', '0.99999999999999999', '5.0', '5e0', '-0', '"-0"', '1e-400', '""', '[]', '{}']) {
    wrong.push([whole.replace('"amount":"5"', `"amount":${amount}`), /^events\[0\]\.amount must be/]);
  }
  for (const [body, detail] of wrong) {
    const { status, json } = await call('POST', '/v1/transfers', body);
    assert.deepEqual([status, json.code], [400, 'invalid_argument'], body);
    assert.match(json.detail, detail);
  }
  const { json } = await call('GET', `/v1/accounts/${accounts[0]}`);
  assert.deepEqual([json.debits_posted, json.debits_pending], ['0', '50']);
  const release = { id: String(next++), pending_id: hold.id, flags: 'void_pending_transfer' };
  assert.equal((await call('POST', '/v1/transfers', release)).json.status, 'created');
});

test('with a parameter twice, an unknown one, or a day that the calendar has not, are refused', async () => {
  const [account] = await pair();
  for (const path of [
    '/v1/accounts?code=1&code=2',
    '/v1/accounts?code=1&c%6fde=1',
    '/v1/accounts?debits=true',
    '/v1/accounts/1?fields=id',
    `/v1/accounts/${account}/transfers?limit=1&limit=1`,
    '/v1/changes?since=0&since=1',
    ...['2027-02-30T00:00:00Z', '2027-04-31T12:00:00Z', '2026-02-29T00:00:00Z', '2027-01-01T24:00:00Z'].flatMap(
      (day) => [
        `/v1/accounts/${account}/balances?at=${day}`,
        `/v1/transfers?timestamp_max=${day}`,
        `/v1/changes?since=${day}`,
      ],
    ),
    ...[
      '2027-13-01T00:00:00Z',
      '2027-01-01T00:60:00Z',
      '2027-01-01T00:00:60Z',
      '2027-01-01T00:00:00%2B24:00',
      '-0',
    ].map((day) => `/v1/accounts/${account}/balances?at=${day}`),
    `/v1/accounts/${account}/balances?at=1&limit=1`,
  ]) {
    const { status, json } = await call('GET', path);
    assert.deepEqual([status, json.code], [400, 'invalid_argument'], path);
  }
  assert.equal((await call('POST', '/v1/transfers?dry_run=true', [])).status, 400);
  assert.equal((await call('GET', '/v1/transfers?timestamp_max=2028-02-29T23:59:59.5-01:30')).status, 200);
});
