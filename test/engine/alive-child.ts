/**
 * Opens, writes and closes a ledger on threads, again and again, each time closing it while the last reply is being
 * released; prints how often.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFolder } from '../../src/engine/index.ts';
import { NO_CONTEXT, Operation } from '../../src/model/index.ts';
import { twoAccounts } from '../../testing/model/simple.ts';

for (let round = 1; round <= 8; round++) {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-alive-'));
  const { engine } = await openFolder(folder, { mode: 'threads' });
  const closing = await new Promise<{ closed: Promise<void> }>((resolve) => {
    void engine.request({
      operation: Operation.create_accounts,
      count: 2,
      write: (cells, at) => cells.bytes.set(twoAccounts, at),
      read: () => resolve({ closed: engine.close() }),
      context: NO_CONTEXT,
    });
  });
  await closing.closed;
  rmSync(folder, { recursive: true });
  console.log(round);
}
