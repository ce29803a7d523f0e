/** API keys: how they look, whom they let in, and when they do not any more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TallystickError } from 'tallystick/internal/model';
import { digestOfApiKey, idOfApiKey, makeApiKey } from './api-key.ts';
import { ApiKeyAuthenticator } from './api-keys.ts';
import { isOver, watchExpiry } from './expiry.ts';
import { EMPTY_IDENTITY_FILE, type IdentityFile, type KeyRecord, Roster } from './roster.ts';

const PEPPER = 'a pepper of the test';
const created = '2026-01-01T00:00:00.000Z';

function recordOf({ id, text }: { id: string; text: string }, more: Partial<KeyRecord> = {}): KeyRecord {
  const digest = digestOfApiKey(PEPPER, text).toString('hex');
  return { id, digest, subject: 'till-7', role: 'write', created, ...more };
}

const file = (more: Partial<IdentityFile>): Roster =>
  Roster.parse(JSON.stringify({ ...EMPTY_IDENTITY_FILE, ...more }), 'keys.json');
const reason = (error: TallystickError): string => (error.cause as Error).message;

test('a key says what it is, and a slip of the pen is told without a list', () => {
  const { id, text } = makeApiKey();
  assert.match(text, /^tly_live_[0-9a-z]{16}_[0-9A-Za-z]{49}$/);
  assert.equal(idOfApiKey(text), id);
  for (let at = 0; at < text.length; at++) {
    const slip = text[at] === 'q' ? 'r' : 'q';
    assert.equal(idOfApiKey(text.slice(0, at) + slip + text.slice(at + 1)), undefined, `at ${at}`);
  }
  for (const wrong of ['', 'tly_live_', `${text} `, text.slice(1), `${text}a`])
    assert.equal(idOfApiKey(wrong), undefined);
  assert.notEqual(makeApiKey().text, text);
});

test('a key opens what its role, its tenant and its lists allow, and never what another one does', async () => {
  const [key, other] = [makeApiKey(), makeApiKey()];
  const roster = file({
    roles: { till: ['transfers:write', 'accounts:read'] },
    tenants: { north: 7 },
    keys: [recordOf(key, { role: 'till', tenant: 'north', accounts: ['7f'] }), recordOf(other)],
  });
  const keys = new ApiKeyAuthenticator(PEPPER, roster);
  const { subject, tenant, role, scopes, ledgers, shown } = await keys.authenticate(key.text);
  assert.deepEqual([subject, tenant, role, shown], ['till-7', 'north', 'write', 'key']);
  assert.deepEqual([[...scopes].sort(), ledgers?.ranges], [['accounts:read', 'transfers:write'], [[28_672, 32_767]]]);
  assert.equal((await keys.authenticate(other.text)).ledgers, undefined);
  const parts = (text: string): [string, string] => [text.slice(0, 26), text.slice(26)];
  const mixed = parts(key.text)[0] + parts(other.text)[1];
  for (const wrong of [undefined, '', mixed, makeApiKey().text]) {
    await assert.rejects(keys.authenticate(wrong), { code: 'unauthenticated' });
  }
  await assert.rejects(new ApiKeyAuthenticator('another pepper', roster).authenticate(key.text), {
    code: 'unauthenticated',
  });
});

test('a key that is revoked opens nothing in the same turn of the event loop, and ends what it had opened', async () => {
  const [key, kept] = [makeApiKey(), makeApiKey()];
  const keys = new ApiKeyAuthenticator(PEPPER, file({ keys: [recordOf(key), recordOf(kept)] }));
  const identity = await keys.authenticate(key.text);
  const stays = await keys.authenticate(kept.text);
  const ended: string[] = [];
  watchExpiry(identity.expiry, { expire: () => ended.push('revoked') });
  watchExpiry(stays.expiry, { expire: () => ended.push('kept') });
  const changes = keys.replace(file({ keys: [recordOf(key, { revoked: created }), recordOf(kept)] }));
  // Nothing was waited for since.
  assert.deepEqual([isOver(identity.expiry), isOver(stays.expiry), ended], [true, false, ['revoked']]);
  assert.deepEqual(changes, [{ key: key.id, subject: 'till-7', change: 'revoked' }]);
  await assert.rejects(keys.authenticate(key.text), (error: TallystickError) => /revoked/.test(reason(error)));
  assert.equal((await keys.authenticate(kept.text)).subject, 'till-7');
});

test('a key that means something else, or is gone, ends what it had opened; one that stays does not', async () => {
  const [one, two] = [makeApiKey(), makeApiKey()];
  const roles = { till: ['transfers:write'] } as const;
  const before = file({ roles: { till: [...roles.till] }, keys: [recordOf(one, { role: 'till' }), recordOf(two)] });
  const keys = new ApiKeyAuthenticator(PEPPER, before);
  const [first, second] = await Promise.all([keys.authenticate(one.text), keys.authenticate(two.text)]);
  const next = { roles: { till: ['transfers:read' as const] }, keys: [recordOf(one, { role: 'till' }), recordOf(two)] };
  assert.deepEqual(
    keys.replace(file(next)).map(({ key, change }) => [key, change]),
    [[one.id, 'changed']],
  );
  assert.deepEqual([isOver(first.expiry), isOver(second.expiry)], [true, false]);
  assert.deepEqual([...(await keys.authenticate(one.text)).scopes], ['transfers:read']);
  assert.deepEqual(
    keys.replace(file({})).map(({ change }) => change),
    ['removed', 'removed'],
  );
  assert.ok(isOver(second.expiry));
});

test('a key has an end', async () => {
  const [late, good] = [makeApiKey(), makeApiKey()];
  const soon = new Date(Date.now() + 60_000).toISOString();
  const keys = new ApiKeyAuthenticator(
    PEPPER,
    file({
      keys: [recordOf(late, { expires: new Date(Date.now() - 1).toISOString() }), recordOf(good, { expires: soon })],
    }),
  );
  await assert.rejects(keys.authenticate(late.text), (error: TallystickError) => /expired/.test(reason(error)));
  assert.equal((await keys.authenticate(good.text)).expiry!.expires, Date.parse(soon));
});

test('an identity file that cannot be is refused whole, with a line for each problem', () => {
  const key = recordOf(makeApiKey());
  const cases: readonly [text: unknown, said: RegExp][] = [
    ['no JSON', /is not JSON/],
    [{ version: 2 }, /version/],
    [{ version: 1, keys: [{ ...key, digest: 'x' }] }, /keys\.0\.digest/],
    [{ version: 1, keys: [key, key] }, /two have the id/],
    [{ version: 1, keys: [{ ...key, role: 'till' }] }, /role till, which is not there/],
    [{ version: 1, roles: { admin: ['accounts:read'] } }, /roles\.admin: the name belongs/],
    [{ version: 1, roles: { till: ['everything'] } }, /roles\.till/],
    [{ version: 1, tenants: { north: 2 ** 20 } }, /tenants\.north/],
    [{ version: 1, tenants: { north: 1 }, keys: [{ ...key, tenant: 'south' }] }, /tenant/],
    [{ version: 1, keys: [{ ...key, ledgers: ['7'] }] }, /ledgers/],
    [{ version: 1, keys: [{ ...key, accounts: ['xyz'] }] }, /accounts/],
  ];
  for (const [text, said] of cases) {
    assert.throws(
      () => Roster.parse(typeof text === 'string' ? text : JSON.stringify(text), 'keys.json'),
      (error: TallystickError) => error.code === 'configuration_invalid' && said.test(error.message),
      String(said),
    );
  }
});
