/** The guides of payments and of webhooks do what they say, typed as they stand there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAYMENTS_PAGE, SCREENING_PAGE, WEBHOOKS_PAGE } from '../support/shell-page.ts';
import { testGuide } from './guides.ts';

const guide = testGuide(PAYMENTS_PAGE, [], 4);
const KEY = 'a secret of thirty-two characters or more';
testGuide(SCREENING_PAGE, [], 0);
testGuide('docs/guides/payouts.md', [], 0);
testGuide(WEBHOOKS_PAGE, ['--webhooks-key', KEY, '--webhooks-allowed', '127.0.0.1'], 1);

test('the guide names every path and every verb', async () => {
  const { Payments } = await import('../../packages/services/src/index.ts');
  for (const verb of Object.getOwnPropertyNames(Payments.prototype)) {
    if (['constructor', 'through', 'as', 'ask', 'desk'].includes(verb)) continue;
    assert.ok(guide.includes(`\`${verb}\``) || guide.includes(`payments.${verb}(`), verb);
  }
});
