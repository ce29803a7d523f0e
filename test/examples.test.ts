/** Every example runs, as a person would run it, and says what its reader is told it says. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const compiled = join(import.meta.dirname, '..', 'examples');

const expected: Readonly<Record<string, string | RegExp>> = {
  'embedded.js': `sale: created
refund: exceeds_debits
in the till: 1250n cents
`,
  'two-phase.js': `check-in: 30000 reserved, 0 paid
check-out: 0 reserved, 22000 paid
once more: pending_transfer_already_posted
`,
  'linked-fx.js': `without dollars: [ 'linked_event_failed', 'exceeds_credits' ]
with dollars: [ 'created', 'created' ]
customer: 5000n euro cents, 10820n dollar cents
`,
  'drop-in.js': `accounts: 2
transfers: 1
debits 10n credits 0n
debits 0n credits 10n
`,
  'test-suite.js': /^# pass 3$/m,
};

test('every example is run here', () => {
  const examples = readdirSync(compiled).filter((name) => name.endsWith('.js'));
  assert.deepEqual(examples.sort(), Object.keys(expected).sort());
});

for (const [name, output] of Object.entries(expected)) {
  test(`examples/${name.replace('.js', '.ts')} prints what it should`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-example-'));
    try {
      const printed = execFileSync(process.execPath, [join(compiled, name)], {
        cwd: folder,
        encoding: 'utf8',
        timeout: 60_000,
        // The runner tells its children to speak its own protocol; this one is run by a person.
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, TALLYSTICK_DIR: folder },
      });
      if (typeof output === 'string') assert.equal(printed, output);
      else assert.match(printed, output);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
