/** Each node keeps the audit trail of its own callers; the ledger that they share has the anchors of all. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect } from '../../../src/client/index.ts';
import type { NodeProcess } from '../src/local/nodes.ts';
import { skip, withGroup } from './group.ts';
import { eventually } from './here.ts';

const MAIN = fileURLToPath(new URL('../../server/src/cli/main.js', import.meta.url));
const TOKEN = 'sesame-of-the-three-nodes';
const env = { PATH: process.env.PATH, TALLYSTICK_TOKEN: TOKEN };

interface Said {
  readonly code: number;
  readonly text: string;
}

function tallystick(...args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: `${stdout}${stderr}` });
    });
  });
}

const trailOf = ({ folder }: NodeProcess): string => join(folder, 'audit', 'audit.jsonl');
const textOf = (node: NodeProcess): string => readFileSync(trailOf(node), 'utf8');
const anchorsIn = (node: NodeProcess): number => textOf(node).split('"kind":"anchored"').length - 1;

test('three trails, of which each is whole and anchored by the ledger that all have', { skip }, async () => {
  await withGroup(
    async (group) => {
      const { node: first, epoch } = await group.leader();
      const ledger = await connect(group.addresses, { token: TOKEN });
      await ledger.createAccounts([1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })));
      await eventually('the trail of the first leader is anchored', () => anchorsIn(first) > 0);
      const cluster = ['--cluster', group.servers.map(({ url }) => url).join(','), '--cluster-id', '7'];
      const moved = await tallystick('cluster', 'transfer-leadership', ...cluster);
      assert.equal(moved.code, 0, moved.text);
      const { node: second } = await group.leader(epoch);
      const transfer = { id: 1n, debit_account_id: 1n, credit_account_id: 2n, amount: 3n, ledger: 1, code: 1 };
      await ledger.createTransfers([transfer]);
      await eventually('the trail of the second one is, too', () => anchorsIn(second) > 0);
      await ledger.close();

      // Whoever led has written down what its callers did.
      assert.match(textOf(first), /"operation":"create_accounts"/);
      assert.match(textOf(second), /"operation":"create_transfers"/);
      assert.doesNotMatch(textOf(first), /"operation":"create_transfers"/);
      const trails = group.nodes.map(trailOf);
      const verify = (): Promise<Said> => tallystick('audit', 'verify', ...trails, '--ledger', second.address);
      const whole = await verify();
      assert.equal(whole.code, 0, whole.text);
      assert.equal(whole.text.match(/^whole$/gm)?.length, 3, whole.text);

      const text = textOf(first);
      writeFileSync(trailOf(first), `${text.split('\n', 1)[0]}\n`);
      const cut = await verify();
      assert.equal(cut.code, 1);
      assert.match(cut.text, /^cut .*the ledger knows of block/m);
      assert.equal(cut.text.match(/^whole$/gm)?.length, 2, cut.text);
    },
    ['--tokens-static', TOKEN, '--audit-anchor', '300ms'],
  );
});
