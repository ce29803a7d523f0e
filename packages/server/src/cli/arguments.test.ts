import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { duration, integer } from './arguments.ts';
import { addBenchmarkOptions, readBenchmarkOptions } from './benchmark-options.ts';

test('whole numbers may be grouped and abbreviated, and must lie within their bounds', () => {
  const parse = integer(1, 10_000_000);
  assert.equal(parse('1'), 1);
  assert.equal(parse('10_000'), 10_000);
  assert.equal(parse('10,000'), 10_000);
  assert.equal(parse('250k'), 250_000);
  assert.equal(parse('10M'), 10_000_000);
  for (const wrong of ['0', '10000001', '11M', '', '-1', '1.5', '1e3', '0x10', '_1', '1_', 'k', '1kk', '1K']) {
    assert.throws(() => parse(wrong), /Give a whole number from 1 to 10000000/, wrong);
  }
});

test('durations carry a unit, except nothing at all', () => {
  assert.equal(duration('0'), 0);
  assert.equal(duration('250us'), 0.25);
  assert.equal(duration('10ms'), 10);
  assert.equal(duration('1.5s'), 1500);
  assert.equal(duration('1m'), 60_000);
  for (const wrong of ['10', '', 'ms', '-1ms', '1d']) assert.throws(() => duration(wrong), /Give a duration/, wrong);
});

function parseBenchmark(...words: string[]): ReturnType<typeof readBenchmarkOptions> {
  const command = addBenchmarkOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return readBenchmarkOptions(command.parse(words, { from: 'user' }).opts());
}

test('without a word, the benchmark is the one of `tigerbeetle benchmark`', () => {
  const options = parseBenchmark();
  assert.equal(options.accountCount, 10_000);
  assert.equal(options.accountCountHot, 0);
  assert.equal(options.accountDistribution, 'uniform');
  assert.equal(options.accountBatchCount, 8189);
  assert.equal(options.history, true);
  assert.equal(options.imported, false);
  assert.equal(options.transferCount, 10_000_000);
  assert.equal(options.transferBatchCount, 8189);
  assert.equal(options.transferBatchDelay, 0);
  assert.equal(options.transferHotPercent, 100);
  assert.equal(options.pendingPercent, 0);
  assert.equal(options.clients, 1);
  assert.equal(options.queryCount, 100);
  assert.equal(options.idOrder, 'tbid');
  assert.equal(options.validate, false);
  assert.equal(options.seed, 42);
  assert.equal(options.memory, false);
});

test('flags change what they name', () => {
  assert.equal(parseBenchmark('--batch', '100').transferBatchCount, 100);
  assert.equal(parseBenchmark('-b', '10000').transferBatchCount, 10_000);
  assert.equal(parseBenchmark('--transfer-pending').pendingPercent, 30);
  assert.equal(parseBenchmark('--transfer-pending-percent', '7').pendingPercent, 7);
  assert.equal(parseBenchmark('--no-history').history, false);
  assert.equal(parseBenchmark('--callers', '64').callers, 64);
  assert.equal(parseBenchmark('--account-distribution', 'zipfian').accountDistribution, 'zipfian');
});

test('what does not fit together is refused', () => {
  assert.throws(() => parseBenchmark('--validate'), /--validate needs ids/);
  assert.equal(parseBenchmark('--validate', '--id-order', 'random').validate, true);
  assert.throws(() => parseBenchmark('--memory', '--file', 'x'), /--memory/);
  assert.throws(() => parseBenchmark('--callers', '2', '--rate', '5'), /--callers/);
  assert.throws(() => parseBenchmark('--account-count', '10', '--account-count-hot', '11'), /--account-count-hot/);
  assert.throws(() => parseBenchmark('--account-distribution', 'normal'), /Allowed choices/);
  assert.throws(() => parseBenchmark('--account-count', '1'), /at least|from 2/);
});
