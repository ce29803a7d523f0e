import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOG_HISTOGRAM_BUCKETS, LOG_HISTOGRAM_SIZE, LogHistogram, upperMs } from './log-histogram.ts';

test('a duration is counted in the bucket whose ends lie around it', () => {
  for (let ms = 0.0001; ms < 500_000; ms *= 1.07) {
    const histogram = new LogHistogram();
    histogram.record(ms);
    const bucket = histogram.values.indexOf(1, 1) - 1;
    assert.ok(bucket === 0 || ms >= upperMs(bucket - 1), `${ms} ms in ${bucket}`);
    assert.ok(ms < upperMs(bucket), `${ms} ms in ${bucket}`);
  }
});

test('the ends themselves belong to the next bucket, and are the limits of countBelow', () => {
  const histogram = new LogHistogram();
  for (let bucket = 0; bucket < LOG_HISTOGRAM_BUCKETS - 1; bucket++) histogram.record(upperMs(bucket));
  for (let bucket = 0; bucket < LOG_HISTOGRAM_BUCKETS - 1; bucket++) {
    assert.equal(histogram.countBelow(upperMs(bucket)), bucket);
  }
  assert.equal(histogram.count, LOG_HISTOGRAM_BUCKETS - 1);
});

test('what is no time at all, or longer than all buckets, is counted too', () => {
  const histogram = new LogHistogram();
  for (const ms of [0, -1, 1e12, Number.POSITIVE_INFINITY]) histogram.record(ms);
  assert.equal(histogram.count, 4);
  assert.equal(histogram.values[1], 2);
  assert.equal(histogram.values[LOG_HISTOGRAM_BUCKETS], 2);
  assert.ok(LOG_HISTOGRAM_BUCKETS < LOG_HISTOGRAM_SIZE);
});
