/** What operators ask of a cluster, as they type it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Group, skip, withGroup } from './group.ts';

const MAIN = fileURLToPath(new URL('../../server/src/cli/main.js', import.meta.url));

interface Said {
  readonly code: number;
  readonly text: string;
}

/** Runs `tallystick cluster …` for a group. */
function cluster({ servers }: Group, ...words: readonly string[]): Promise<Said> {
  const addresses = ['--cluster', servers.map(({ url }) => url).join(',')];
  const monitors = ['--monitors', servers.map(({ monitor }) => monitor).join(',')];
  return new Promise((resolve) => {
    const args = [MAIN, 'cluster', ...words, ...addresses, ...monitors, '--cluster-id', '7'];
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: `${stdout}${stderr}` });
    });
  });
}

interface Status {
  readonly nodes: readonly { readonly node: number; readonly role: string; readonly op: number }[];
  readonly copies: readonly { readonly last: number; readonly damage?: string }[];
}

test('an operator sees who leads and how far each is, and moves the lead', { skip }, async (t) => {
  await withGroup(async (group) => {
    const { node: leader, epoch } = await group.leader();
    const payers = await group.payers();
    await payers.more(100);
    const status = await cluster(group, 'status', '--json');
    assert.equal(status.code, 0, status.text);
    const { nodes, copies } = JSON.parse(status.text) as Status;
    assert.deepEqual(
      nodes.map(({ node, role }) => `${node} ${role}`),
      [0, 1, 2].map((node) => `${node} ${node === leader.node ? 'leading' : 'following'}`),
    );
    assert.ok(nodes.every(({ op }) => op > 0) && copies.length === 3, status.text);
    assert.ok(copies.every(({ damage, last }) => damage === undefined && last > 0));
    payers.resetGap();
    const moved = await cluster(group, 'transfer-leadership');
    assert.match(moved.text, new RegExp(`node ${leader.node} led epoch ${epoch}; node \\d at tcp://\\S+ leads epoch`));
    await payers.more(100);
    t.diagnostic(`no answer for ${payers.longestGap.toFixed(0)} ms`);
    const { node: next } = await group.leader(epoch);
    assert.notEqual(next, leader);
    const table = await cluster(group, 'status');
    assert.match(table.text, new RegExp(`^${next.node} +leading`, 'm'));
    assert.match(table.text, new RegExp(`^${leader.node} +following`, 'm'));
    await payers.check();
    // The one that leads is a process that runs; without it the status says so.
    for (const node of group.nodes) await node.stop('SIGKILL');
    const none = await cluster(group, 'status');
    assert.equal(none.code, 1);
    assert.match(none.text, /no node says anything/);
  });
});
