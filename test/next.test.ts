/** What errors advise can be done: each command has the options that are named, and each option of a call is one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateTransferStatus, type OpenOptions, open } from '../src/index.ts';
import { errorTable } from '../src/model/index.ts';

const main = join(import.meta.dirname, '..', 'packages', 'server', 'src', 'cli', 'main.js');

/** What is named in code, in `next` of any error. */
const named = new Set(
  Object.values(errorTable).flatMap(({ next }) => [...next.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)),
);
const commands = [...named].filter((text) => text.startsWith('tallystick '));

test('commands that errors advise are commands, with the options that they name', () => {
  assert.ok(commands.length >= 3);
  for (const command of commands) {
    const [, name, ...rest] = command.split(' ');
    const { status, stdout } = spawnSync(process.execPath, [main, name!, '--help'], { encoding: 'utf8' });
    assert.equal(status, 0, command);
    for (const option of rest.filter((word) => word.startsWith('--'))) assert.ok(stdout.includes(option), command);
  }
});

test('whatever else errors name in code is an option of open, a status, or a command of the shell', async () => {
  const options: readonly (keyof OpenOptions)[] = ['acceptLoss'];
  for (const text of named) {
    if (commands.includes(text)) continue;
    const option = options.find((known) => known === text);
    if (option !== undefined) {
      // A value of the wrong type is refused for its type, an option that there is not for its name.
      await assert.rejects(open('./nowhere', { [option]: 'x' }), new RegExp(`${option} must be`));
    } else if (!(text in CreateTransferStatus)) {
      assert.equal(spawnSync('sh', ['-c', text], { encoding: 'utf8' }).status, 0, text);
    }
  }
});
