/** The guides of payments and of webhooks do what they say, typed as they stand there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAYMENTS_PAGE } from '../support/shell-page.ts';
import { testGuide } from './guides.ts';

const guide = testGuide(PAYMENTS_PAGE, [], 4);
const KEY = 'a secret of thirty-two characters or more';
testGuide('docs/guides/webhooks.md', ['--webhooks-key', KEY, '--webhooks-allowed', '127.0.0.1'], 1);

test('the guide names every path and every verb', async () => {
  const { Payments } = await import('../../packages/services/src/index.ts');
  for (const verb of Object.getOwnPropertyNames(Payments.prototype)) {
    if (['constructor', 'through', 'as', 'ask'].includes(verb)) continue;
    assert.ok(guide.includes(`\`${verb}\``) || guide.includes(`payments.${verb}(`), verb);
  }
});
