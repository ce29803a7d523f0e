/**
 * The reference model answers like a real cluster: every reply of the recorded conversations, byte for byte.
 *
 * What the traces taught, beyond the list of checks:
 * - a request whose timestamp is "0" holds imported or existing events only. Before the first known timestamp "last known + N" is
 *   not enough: imported events lie below the request's timestamp, so it must lie above the newest of them too (trace.ts);
 * - a `wait` may simply add three seconds to the newest timestamp, reads included, and then expire what is due;
 * - a few traces were recorded on a ledger with a past. They say so themselves: their first reply knows ids that nobody had sent.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { readTrace, replay, tracesIn } from '../src/cli/conform.ts';
import { findStaleReply } from '../src/cli/trace.ts';
import { openModel } from './support/model-port.ts';

const corpus = join(import.meta.dirname, '../../../shared/corpus');

if (!existsSync(corpus)) {
  test('the model replays the corpus', { skip: 'no corpus at ../shared/corpus' }, () => {});
} else {
  for (const path of await tracesIn(corpus)) {
    const name = basename(path);
    const lines = await readTrace(path);
    const stale = findStaleReply(lines);
    if (stale !== undefined) {
      const skip = `line ${stale.line} answers ${stale.status} to id ${stale.id}, never sent: recorded on a ledger with a past`;
      test(`the model replays ${name}`, { skip }, () => {});
      continue;
    }
    test(`the model replays ${name}`, async () => {
      const printed: string[] = [];
      const { requests, differences } = await replay(lines, name, await openModel(), (line) => printed.push(line));
      assert.equal(differences, 0, printed.join('\n'));
      assert.equal(requests, lines.filter((line) => line.kind === 'request').length);
    });
  }
}
