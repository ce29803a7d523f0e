/** A session lives longer than its token, as long as its issuer gives others and they are the same person's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Granted, SignIn } from '../src/host.ts';
import { renewed } from '../src/renewal.ts';
import { type Session, Sessions } from '../src/sessions.ts';

const START = 1_000_000;
const LIFE_MS = 300_000;

function granted(token: string, at: number): Granted {
  return { token, refresh: `refresh of ${token}`, idToken: undefined, expires: at + LIFE_MS };
}

/** An issuer that gives `next`, or fails with its code. */
function issuerThat(next: () => Granted): { signIn: SignIn; asked: () => number } {
  let asked = 0;
  const signIn = {
    renew: async (): Promise<Granted> => {
      asked += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return next();
    },
  } as unknown as SignIn;
  return { signIn, asked: () => asked };
}

function sessionOf(): Session {
  const sessions = new Sessions(undefined, () => START);
  return sessions.use(sessions.begin('first', 'alice', granted('first', START)))!;
}

const alice = async (): Promise<string> => 'alice';

test('a token is renewed in the last minute of its life, once for all who wait', async () => {
  const session = sessionOf();
  const { signIn, asked } = issuerThat(() => granted('second', START + 250_000));
  assert.equal(await renewed(session, signIn, alice, START + 239_999), true);
  assert.equal(asked(), 0);
  const all = Array.from({ length: 5 }, () => renewed(session, signIn, alice, START + 240_000));
  assert.deepEqual(await Promise.all(all), [true, true, true, true, true]);
  assert.equal(asked(), 1);
  assert.equal(session.token, 'second');
  await renewed(session, signIn, alice, START + 250_000);
  assert.equal(asked(), 1, 'the next one is fresh');
});

test("a token of another person is no renewal, and a pasted one is nobody's to renew", async () => {
  const session = sessionOf();
  const { signIn } = issuerThat(() => granted('second', START));
  assert.equal(await renewed(session, signIn, async () => 'mallory', START + 250_000), false);
  assert.equal(session.token, 'first');
  const sessions = new Sessions(undefined, () => START);
  const pasted = sessions.use(sessions.begin('pasted', 'alice'))!;
  const { signIn: never, asked } = issuerThat(() => assert.fail('it is not asked'));
  assert.equal(await renewed(pasted, never, alice, START + 10 * LIFE_MS), true);
  assert.equal(asked(), 0);
});

test('an issuer that is away ends nothing before the token ends, and is not asked all the time', async () => {
  const session = sessionOf();
  const away = issuerThat(() => {
    throw Object.assign(new Error('away'), { code: 'unreachable' });
  });
  assert.equal(await renewed(session, away.signIn, alice, START + 240_000), true);
  assert.equal(await renewed(session, away.signIn, alice, START + 245_000), true);
  assert.equal(away.asked(), 1);
  assert.equal(await renewed(session, away.signIn, alice, START + 251_000), true);
  assert.equal(away.asked(), 2);
  assert.equal(await renewed(session, away.signIn, alice, START + LIFE_MS), false, 'the token is over');
  const done = issuerThat(() => {
    throw Object.assign(new Error('no more'), { code: 'unauthenticated' });
  });
  assert.equal(await renewed(sessionOf(), done.signIn, alice, START + 250_000), false);
});
