/** A file of tests whose only one fails before it closes its server; for endings.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakePort } from '../../testing/ports/fake-port.ts';
import { openDoor } from './door-servers.ts';

test('fails with a server open', async () => {
  const open = await openDoor('http', new FakePort());
  assert.equal(open.port, 0);
  await open.close();
});
