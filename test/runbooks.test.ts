/**
 * The runbooks: the commands of each page, in their order, against real processes; every page is in the index, and
 * every alert leads to one.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { alerts } from '../scripts/generate/alerts.ts';
import { commandsOf, runPage } from './support/shell-page.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join('docs', 'operating', 'runbooks');
const pages = readdirSync(join(root, folder)).filter((name) => name !== 'README.md');
const text = (name: string): string => readFileSync(join(root, folder, name), 'utf8');

const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;
const noMount = mayMount ? false : 'a disk of its own needs `unshare --mount`, and root';

for (const page of pages) {
  const mounts = /^mkdir disk && mount /m.test(text(page));
  test(`the commands of ${page} do what the page says`, { skip: mounts && noMount }, async () => {
    const { status, output, commands } = await runPage(join(folder, page));
    assert.ok(commands > 4, `${page} has no commands`);
    assert.equal(status, 0, output);
  });
}

test('a page says what is seen, what is at stake and when it is done, and promises something', () => {
  for (const page of pages) {
    const words = text(page);
    assert.match(words, /^\*\*You (see|want)\*\*/m, page);
    assert.match(words, /\*\*Done when\*\*/, page);
    const promises = commandsOf(words).filter((command) => /# (prints|refused): /.test(command));
    assert.ok(promises.length > 3, page);
  }
});

test('the index has every page', () => {
  const index = text('README.md');
  for (const page of pages) assert.ok(index.includes(`(${page})`), page);
});

test('every alert leads to a page that names it', () => {
  for (const { name, runbook } of alerts) {
    const [path] = runbook.split('#');
    assert.ok(existsSync(join(root, 'docs', 'operating', path!)), `${name}: ${runbook}`);
    if (path!.startsWith('runbooks/')) {
      assert.ok(readFileSync(join(root, 'docs', 'operating', path!), 'utf8').includes(name), `${path}: ${name}`);
    }
  }
});
