import { ObjectLedger } from 'tallystick/internal/model';
import '../../../../../test/support/plain.ts';
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { DoorCounters } from 'tallystick/internal/base';
import { openMemory } from 'tallystick/internal/engine';
import { createRegistry, Sources } from '../../observe/index.ts';
import { Ingress } from '../../server/index.ts';
import { hearKeys, type Keys } from './index.ts';
import { picture } from './picture.ts';
import { metricsUrl, Scrape, Span, scraper } from './scrape.ts';

const histogram = (counts: readonly number[]): string =>
  ['1', '2', '4', '+Inf'].map((le, index) => `x_bucket{le="${le}"} ${counts[index]}`).join('\n');

test('rates are of what happened in between; a server that began anew counts from nothing', () => {
  const before = new Scrape('x_total{a="1"} 100\nx_total{a="2"} 5\n', 1000);
  const after = new Scrape('x_total{a="1"} 300\nx_total{a="2"} 6\n', 3000);
  assert.equal(new Span(before, after).rate('x_total', { a: '1' }), 100);
  assert.equal(new Span(before, after).rate('x_total'), 100.5);
  assert.equal(new Span(after, before).rate('x_total'), 0);
  assert.equal(new Span(before, new Scrape('x_total{a="1"} 7', 2000)).rate('x_total'), 0);
  assert.equal(after.value('y'), undefined);
});

test('percentiles are of what happened in between, evenly within a bucket', () => {
  const before = new Scrape(histogram([5, 5, 5, 5]), 0);
  const after = new Scrape(histogram([5, 15, 15, 15]), 1000);
  const span = new Span(before, after);
  assert.equal(span.percentile('x', 0.5), 1.5);
  assert.equal(span.percentile('x', 1), 2);
  assert.equal(new Span(before, before).percentile('x', 0.5), undefined);
  assert.equal(new Span(before, new Scrape(histogram([5, 5, 5, 6]), 1000)).percentile('x', 0.99), 4);
  assert.equal(new Span(before, new Scrape(histogram([6, 6, 6, 6]), 1000)).percentile('x', 0.5), 0.5);
});

test('addresses may be short', () => {
  assert.equal(metricsUrl('9090'), 'http://127.0.0.1:9090/metrics');
  assert.equal(metricsUrl('ledger:9090'), 'http://ledger:9090/metrics');
  assert.equal(metricsUrl('https://ledger/observe/metrics'), 'https://ledger/observe/metrics');
  assert.throws(() => metricsUrl('http://['), { code: 'invalid_argument' });
});

test('nobody at the other end is an error with a code', async () => {
  await assert.rejects(scraper('http://127.0.0.1:1/metrics')(), { code: 'unreachable' });
});

test('the picture shows lanes, doors, what was rejected, and the ledger', async () => {
  const sources = new Sources('9.9.9');
  const { engine } = openMemory();
  const ingress = new Ingress(engine);
  const door = new DoorCounters('native');
  sources.opened.push({ engine, fence: 1n });
  sources.lanes = ingress;
  sources.doors.push(door);
  sources.state = 'ready';
  const registry = createRegistry(sources);
  const look = async (at: number): Promise<Scrape> => new Scrape(await registry.metrics(), at);
  const ledger = new ObjectLedger({
    eventsMax: ingress.eventsMax,
    request: (request) => ingress.request({ ...request, context: { door, wish: 'high' } }),
    close: () => engine.close(),
  });
  const before = await look(0);
  await ledger.createAccounts([1n, 2n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
  // Latency is noted behind the answer.
  await new Promise((resolve) => setImmediate(resolve));
  const text = stripVTControlCharacters(picture(new Span(before, await look(1000))));
  await ledger.close();
  assert.match(text, /^tallystick 9\.9\.9 {2}ready {2}up /);
  assert.match(text, /^events +3\/s +requests +1\/s$/m);
  assert.match(text, /^high +1\/s +0 +0( +[\d.]+ ms){3}$/m);
  assert.match(text, /^normal +0\/s +0 +0 +- +- +-$/m);
  assert.match(text, /^native +0 +1\/s/m);
  assert.match(text, /^create_accounts exists +1\/s +1$/m);
  assert.match(text, /^accounts +2 of 1,048,576$/m);
});

test('q, Escape and Ctrl-C leave, other keys do nothing, and the terminal is given back', () => {
  const modes: boolean[] = [];
  const input: Keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => modes.push(on) });
  let left = 0;
  const letGo = hearKeys(input, () => left++);
  for (const key of ['x', ' ', '\x1b[A']) input.emit('data', Buffer.from(key));
  assert.equal(left, 0);
  for (const key of ['q', '\x1b', '\x03']) input.emit('data', Buffer.from(key));
  assert.equal(left, 3);
  letGo();
  input.emit('data', Buffer.from('q'));
  assert.equal(left, 3);
  assert.deepEqual(modes, [true, false]);
});
