import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback } from './loopback.ts';

test('loopback is localhost, ::1 and all of 127.0.0.0/8, and nothing that only looks like it', () => {
  for (const host of ['127.0.0.1', '127.8.9.1', '127.255.255.255', '::1', 'localhost']) assert.ok(isLoopback(host));
  const others = ['0.0.0.0', '::', '10.0.0.1', '127.0.0.256', '127.0.0.01', '127.1', '127.0.0.1.example.org', ''];
  for (const host of others) assert.ok(!isLoopback(host), host);
});
