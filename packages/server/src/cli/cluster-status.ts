/** `cluster status` and `cluster transfer-leadership`: what the nodes say of themselves, for eyes and for programs. */
import { TallystickError } from 'tallystick/internal/model';
import { type ClusterTarget, loadPackage } from './cluster.ts';
import { grouped, table } from './print.ts';

/** Returns the exit code: 1 unless one node leads, others follow, and no copy is damaged. */
export async function printStatus(target: ClusterTarget, json: boolean): Promise<number> {
  checkTarget(target);
  const { clusterStatus } = await loadPackage();
  const { nodes, copies } = await clusterStatus(target);
  const leading = nodes.filter(({ role }) => role === 'leading');
  const damaged = copies.filter(({ damage }) => damage !== undefined);
  if (json) console.log(JSON.stringify({ nodes, copies }));
  else {
    const newest = Math.max(0, ...nodes.map(({ op }) => op));
    const columns = ['node', 'role', 'epoch', 'op', 'behind', 'agreed up to', 'address'].map((title, index) => ({
      title,
      align: index > 1 && index < 6 ? ('right' as const) : ('left' as const),
    }));
    const rows = nodes.map(({ node, role, epoch, op, digestOp, address }) => [
      ...[String(node), role, grouped(epoch), grouped(op), grouped(newest - op), grouped(digestOp), address],
    ]);
    console.log(nodes.length === 0 ? 'no node says anything' : table(columns, rows));
    for (const { server, last, damage } of copies) {
      console.log(`${server}  ${damage ?? (last === undefined ? 'has no copy' : `whole, ${grouped(last)} messages`)}`);
    }
    if (leading.length === 0) console.log('nobody leads');
  }
  return leading.length > 0 && nodes.length > 1 && damaged.length === 0 ? 0 : 1;
}

export async function transfer(target: ClusterTarget, json: boolean): Promise<void> {
  checkTarget(target);
  const { transferLeadership } = await loadPackage();
  const { from, to } = await transferLeadership(target);
  if (json) console.log(JSON.stringify({ from, to }));
  else
    console.log(`node ${from.node} led epoch ${from.epoch}; node ${to.node} at ${to.address} leads epoch ${to.epoch}`);
}

/** Throws `configuration_invalid` where nobody has said where the servers are. */
export function checkTarget({ servers }: ClusterTarget): void {
  if (servers.length > 0) return;
  throw new TallystickError('configuration_invalid', 'cluster.nats is not set: --cluster names the nats-servers');
}
