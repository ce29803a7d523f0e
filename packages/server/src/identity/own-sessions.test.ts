import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cells, Operation, type Port } from 'tallystick/internal/model';
import { roles } from './roles.ts';

const asked = (context: object) => {
  return { operation: Operation.create_transfers, count: 1, write: () => {}, read: () => {}, context };
};

test("a session is its subject's: another subject does not name the same request", async () => {
  const sessions: (string | undefined)[] = [];
  const port: Port = {
    eventsMax: 8189,
    request: async ({ read, context }) => {
      sessions.push(context.once?.session);
      return read(Cells.none, 0, 0);
    },
    close: () => Promise.resolve(),
  };
  const once = { session: 'order 17'.padEnd(16), request: 1, checksum: 5, answered: 0, again: false } as const;
  for (const subject of ['payments', 'payments', 'stranger']) {
    await roles({ subject, role: 'write' })(port).request(asked({ once }));
  }
  await roles({ subject: 'payments', role: 'write' })(port).request(asked({}));
  assert.equal(sessions[0]!.length, 16);
  assert.equal(sessions[0], sessions[1]);
  assert.notEqual(sessions[0], sessions[2]);
  assert.equal(sessions[3], undefined);
});
