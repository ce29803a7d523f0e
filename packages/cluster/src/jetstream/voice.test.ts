import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Seal } from './seal.ts';
import { Voice } from './voice.ts';

const SECRET = 'sixteen letters, or more';
const NOTHING = new Uint8Array(0);

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString();
}

function say(voice: Voice, said: string, about = 'beats'): Uint8Array {
  return voice.sign(about, Buffer.from(said));
}

/** Two that have heard one another. */
function two(): readonly [Voice, Voice] {
  const [one, other] = [new Voice(SECRET), new Voice(SECRET)];
  meet(one, other);
  return [one, other];
}

function meet(one: Voice, other: Voice): void {
  one.open('beats', other.sign('beats', NOTHING));
  other.open('beats', one.sign('beats', NOTHING));
  one.open('beats', other.sign('beats', NOTHING));
}

test('a word is believed once, and not behind a later one', () => {
  const [one, other] = two();
  const [first, second, third] = ['first', 'second', 'third'].map((said) => say(one, said));
  assert.equal(text(other.open('beats', first!)), 'first');
  assert.equal(other.open('beats', first!), undefined);
  assert.equal(text(other.open('beats', third!)), 'third');
  assert.equal(other.open('beats', second!), undefined);
  assert.equal(text(other.open('beats', say(one, 'fourth'))), 'fourth');
});

test('a word that was made before its listener began is not believed', () => {
  const [one, other] = two();
  const old = say(one, 'old');
  assert.equal(text(other.open('beats', old)), 'old');
  const another = new Voice(SECRET);
  assert.equal(another.open('beats', old), undefined);
  meet(one, another);
  assert.equal(another.open('beats', old), undefined);
  assert.equal(text(another.open('beats', say(one, 'new'))), 'new');
});

test('a word is for its subject, its reply and its secret alone', () => {
  const [one, other] = two();
  assert.equal(other.open('asks.1', say(one, 'a beat')), undefined);
  const question = one.sign('asks.1', Buffer.from('batches'), 'inbox.1');
  assert.equal(other.open('asks.1', question, 'inbox.2'), undefined);
  assert.equal(text(other.open('asks.1', question, 'inbox.1')), 'batches');
  const answer = other.signAnswer(question, Buffer.from('a journal'));
  assert.equal(text(one.openAnswer(question, answer)), 'a journal');
  const next = one.sign('asks.1', Buffer.from('batches'), 'inbox.1');
  assert.equal(one.openAnswer(next, answer), undefined);
  assert.equal(other.open('beats', say(new Voice('another secret of some letters'), 'a word')), undefined);
});

test('what is signed and is no word is not believed', () => {
  const [one] = two();
  const seal = new Seal(SECRET);
  for (let size = 0; size < 64; size++) {
    const nonsense = seal.sign('beats ', new Uint8Array(size).fill(255));
    assert.equal(one.open('beats', nonsense), undefined, `${size} bytes`);
  }
});

test('old words of others push out nobody who is believed', () => {
  const [one, other] = two();
  for (let stranger = 0; stranger < 100; stranger++) one.open('beats', new Voice(SECRET).sign('beats', NOTHING));
  assert.equal(text(other.open('beats', say(one, 'still here'))), 'still here');
});

test('a listener that has believed too many to keep their numbers forgets them with its id', () => {
  const [one, other] = two();
  const recorded = say(other, 'recorded');
  assert.equal(text(one.open('beats', recorded)), 'recorded');
  for (let more = 0; more < 100; more++) meet(new Voice(SECRET), one);
  assert.equal(one.open('beats', recorded), undefined);
  meet(one, other);
  assert.equal(one.open('beats', recorded), undefined);
  assert.equal(text(one.open('beats', say(other, 'again'))), 'again');
});

test('without a secret words are what they are', () => {
  const voice = new Voice(undefined);
  const said = Buffer.from('a word');
  assert.equal(voice.sign('beats', said), said);
  assert.equal(voice.open('beats', said), said);
});
