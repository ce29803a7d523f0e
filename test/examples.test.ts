/** Every example runs, as a person would run it, and says what its reader is told it says. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const compiled = join(import.meta.dirname, '..', 'examples');
const sources = join(import.meta.dirname, '..', '..', 'examples');

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

/** Recipes, a newcomer's programs, and those of the reference: each says behind its `console.log`s what they print. */
const told = ['recipes', 'newcomer', ...readdirSync(join(compiled, 'api')).map((door) => join('api', door))].flatMap(
  (folder) =>
    readdirSync(join(compiled, folder))
      .filter((name) => name.endsWith('.js'))
      .map((name) => join(folder, name)),
);

test('every example is run here', () => {
  const examples = readdirSync(compiled).filter((name) => name.endsWith('.js'));
  assert.deepEqual(examples.sort(), Object.keys(expected).sort());
  assert.ok(told.length >= 40);
});

for (const [name, output] of Object.entries(expected)) {
  test(`examples/${name.replace('.js', '.ts')} prints what it should`, () => {
    const printed = run(join(compiled, name));
    if (typeof output === 'string') assert.equal(printed, output);
    else assert.match(printed, output);
  });
}

/** One that is a suite of tests has so many of them, or as many as it registers by a call. */
for (const name of told) {
  test(`examples/${name.replace('.js', '.ts')} prints what its comments say`, () => {
    const source = readFileSync(join(sources, name.replace('.js', '.ts')), 'utf8');
    const printed = run(join(compiled, name));
    const tests = source.match(/^test\(/gm)?.length ?? 0;
    if (tests > 0) assert.match(printed, new RegExp(`^# pass ${tests}$`, 'm'));
    else if (/^(conformance|clientSuite)\(/m.test(source)) assert.match(printed, /^# pass [1-9].*^# fail 0$/ms);
    else assert.equal(printed, promises(source));
  });
}

/** Every line that is logged has its promise, so that none goes unchecked. */
function promises(source: string): string {
  const lines = [...source.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line);
  assert.notEqual(lines.length, 0);
  assert.equal(lines.length, source.match(/console\./g)?.length, 'a console.log without a promise');
  return `${lines.join('\n')}\n`;
}

/** In an empty folder, as a person would run it. */
function run(path: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-example-'));
  try {
    return execFileSync(process.execPath, [path], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      // The runner tells its children to speak its own protocol; this one is run by a person.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, TALLYSTICK_DIR: folder },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
