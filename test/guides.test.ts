/** Pages whose commands are a story are run from top to bottom, as a stranger would. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsOf, runPage, STORY_PAGES } from './support/shell-page.ts';

for (const page of STORY_PAGES) {
  test(`the commands of ${page} do what the page says`, async () => {
    const { status, output, commands } = await runPage(page);
    assert.ok(commands > 4, `${page} has no commands`);
    assert.equal(status, 0, output);
  });
}

test('commands are told apart, and a block that is not run is left out', () => {
  const page =
    "```sh\none 'a\nb'   # prints: x\ncat > f <<'T'\nit's\nT\ntwo &\n```\n<!-- not run: no disk " +
    '-->\n```sh\nthree\n```\n';
  assert.deepEqual(commandsOf(page), ["one 'a\nb'   # prints: x", "cat > f <<'T'\nit's\nT", 'two &']);
});
