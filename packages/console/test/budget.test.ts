/** What the page weighs, and how many people may be signed in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Files } from '../src/files.ts';
import { knowsCsrf, Sessions } from '../src/sessions.ts';

const KB = 1000;

test('the first screen takes 60 kB of script at most, all of it 150 kB, compressed as browsers get it', async () => {
  const { page, assets } = await Files.load();
  const html = page.bytes.toString();
  const first = [...html.matchAll(/modulepreload" href="\.\/([^"]+)/g)].map(([, name]) => assets.get(name!)!);
  const scripts = [...assets].filter(([name]) => name.endsWith('.js')).map(([, file]) => file);
  const weigh = (files: typeof scripts): number => files.reduce((sum, { brotli }) => sum + brotli.length, 0);
  assert.ok(first.length > 20 && first.length < scripts.length);
  assert.ok(weigh(first) < 60 * KB, `${weigh(first)} bytes`);
  assert.ok(weigh(scripts) < 150 * KB, `${weigh(scripts)} bytes`);
  // An older browser's way counts as well.
  assert.ok(scripts.reduce((sum, { gzip }) => sum + gzip.length, 0) < 150 * KB);
});

test('a session ends after silence, after its life, and when others crowd it out; one caller crowds out itself', () => {
  let now = 0;
  const sessions = new Sessions({ max: 4, ownMax: 2, idleMs: 100, lifeMs: 250 }, () => now);
  const first = sessions.begin('token', 'a');
  assert.equal(sessions.use(first)?.token, 'token');
  now = 99;
  assert.ok(sessions.use(first));
  now = 198;
  assert.ok(sessions.use(first), 'it was used in time');
  now = 250;
  assert.equal(sessions.use(first), undefined, 'its life is over');
  const old = sessions.begin('t', 'a');
  now = 350;
  assert.equal(sessions.use(old), undefined, 'it was silent');
  const [one, two, three] = ['b', 'b', 'b'].map((owner) => sessions.begin('t', owner));
  assert.deepEqual(
    [sessions.use(one), sessions.use(two) !== undefined, sessions.use(three) !== undefined],
    [undefined, true, true],
  );
  const others = ['c', 'd', 'e'].map((owner) => sessions.begin('t', owner));
  assert.equal(sessions.count, 4);
  assert.equal(sessions.use(two), undefined, 'the one that was used longest ago makes room');
  assert.ok(others.every((name) => sessions.use(name)));
  sessions.endAllOf('c');
  assert.equal(sessions.use(others[0]), undefined);
  sessions.end(others[1]);
  assert.equal(sessions.use(others[1]), undefined);
  assert.equal(sessions.use(undefined), undefined);
  assert.equal(sessions.use('never'), undefined);
});

test('the word of a session is compared whole', () => {
  const session = { token: '', owner: '', csrf: 'word', began: 0, seen: 0 };
  assert.equal(knowsCsrf(session, 'word'), true);
  for (const wrong of ['wor', 'words', '', undefined, ['word'], 7]) assert.equal(knowsCsrf(session, wrong), false);
});
