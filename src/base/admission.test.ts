import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission, admissionLimits, type Guest, House, peerOf } from './admission.ts';

const limits = { connectionsMax: 10, strangersMax: 4, peerMax: 3, strangerMs: 1000 };

/** Enters, and remembers who was ended. */
function crowd(admission: Admission, now = 0) {
  const ended: string[] = [];
  const enter = (name: string, peer = 'a') => admission.enter(peer, now, () => ended.push(name));
  return { ended, enter };
}

test('strangers have their share: the oldest of the address that holds most makes room for the next', () => {
  const admission = new Admission(limits);
  const { ended, enter } = crowd(admission);
  for (const name of ['a1', 'a2', 'a3']) enter(name);
  enter('b1', 'b');
  assert.deepEqual(ended, []);
  enter('c1', 'c');
  assert.deepEqual(ended, ['a1']);
  enter('b2', 'b');
  assert.deepEqual(ended, ['a1', 'a2']);
  assert.equal(admission.strangers, 4);
});

test('one address has its share of them', () => {
  const admission = new Admission(limits);
  const { ended, enter } = crowd(admission);
  for (const name of ['1', '2', '3', '4', '5']) enter(name);
  assert.deepEqual(ended, ['1', '2']);
  assert.equal(admission.strangers, 3);
});

test('known callers keep their places; when they have all, nobody else comes in', () => {
  const admission = new Admission(limits);
  const { ended, enter } = crowd(admission);
  for (let i = 0; i < 9; i++) enter(`known ${i}`)!.known();
  enter('stranger');
  assert.equal(admission.connections, 10);
  const last = enter('next');
  assert.deepEqual(ended, ['stranger']);
  last!.known();
  assert.equal(enter('one too many'), undefined);
  last!.leave();
  assert.notEqual(enter('another'), undefined);
  assert.deepEqual(ended, ['stranger']);
});

test('whoever waits to be heard keeps its place: in a crowd that all waits, the last one goes', () => {
  const admission = new Admission(limits);
  const { ended, enter } = crowd(admission);
  const waiting = (name: string): Guest => {
    const guest = enter(name)!;
    guest.waits = true;
    return guest;
  };
  const first = waiting('1');
  for (const name of ['2', '3', '4', '5']) waiting(name);
  assert.deepEqual(ended, ['3', '4']);
  first.waits = false;
  enter('6');
  assert.deepEqual(ended, ['3', '4', '1'], 'one that had its turn goes before those that wait');
  assert.equal(admission.strangers, 3);
});

test('a stranger has so much time, and a caller who is not believed any more is a stranger again', () => {
  const admission = new Admission(limits);
  const { ended, enter } = crowd(admission);
  enter('silent');
  enter('token')!.known(5000);
  enter('certificate')!.known();
  admission.sweep(999, 4999);
  assert.deepEqual(ended, []);
  admission.sweep(1000, 4999);
  assert.deepEqual(ended, ['silent']);
  admission.sweep(2000, 5000);
  assert.equal(admission.strangers, 1);
  admission.sweep(3000, 6000);
  assert.deepEqual(ended, ['silent', 'token']);
  assert.equal(admission.connections, 1);
});

test('doors share what the process may hold, and strangers of the fullest door make room', () => {
  const house = new House(4);
  const [one, other] = [new Admission(limits, house), new Admission(limits, house)];
  const first = crowd(one);
  const second = crowd(other);
  for (const name of ['1', '2', '3']) first.enter(name);
  second.enter('known')!.known();
  assert.equal(house.connections, 4);
  assert.notEqual(second.enter('next'), undefined);
  assert.deepEqual(first.ended, ['1']);
  assert.equal(house.connections, 4);
  for (const door of [one, other]) while (door.dismissOne());
  for (let i = 0; i < 3; i++) second.enter('more')!.known();
  assert.equal(first.enter('one too many'), undefined);
});

test('an address is a place: IPv4 as it is, IPv6 by its network', () => {
  assert.equal(peerOf('::ffff:10.0.0.7'), '10.0.0.7');
  assert.equal(peerOf('127.0.0.1'), '127.0.0.1');
  assert.equal(peerOf('2001:db8:0:1:aaaa::1'), '2001:db8:0:1::/64');
  assert.equal(peerOf('2001:db8:0:1:bbbb:0:0:2'), '2001:db8:0:1::/64');
  assert.equal(peerOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(peerOf('::1'), '0:0:0:0::/64');
  assert.equal(peerOf(undefined), 'unknown');
});

test('a small door keeps three quarters for known callers', () => {
  assert.deepEqual(admissionLimits(200, 512, 5), { connectionsMax: 200, strangersMax: 50, peerMax: 25, strangerMs: 5 });
  assert.equal(admissionLimits(4096, 512, 5).strangersMax, 512);
  assert.equal(admissionLimits(1, 512, 5).strangersMax, 1);
});
