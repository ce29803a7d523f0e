/** What callers hear of a node that cannot answer them. */
import { TallystickError } from 'tallystick/internal';
import type { Beat } from './lease.ts';

/** `leader`: as far as the node has heard. */
export function notLeader(node: number, leader: Beat | undefined, isAboutToLead: boolean): TallystickError {
  const where = leader === undefined ? 'nobody leads now' : `the leader is node ${leader.node} at ${leader.address}`;
  const said = isAboutToLead ? `node ${node} is about to lead` : `node ${node} follows; ${where}`;
  return new TallystickError('not_leader', `${said}; nothing was done`);
}

export function unknownOutcome(cause: unknown): TallystickError {
  const what = 'the node ended before the batch was known to be stored';
  return new TallystickError('connection_lost', what, { cause });
}

/** `said`: the digest's author, and the number of its message, if it stands in the stream. */
export function differs(
  node: number,
  op: number,
  said: { readonly node: number; readonly sequence?: number },
): TallystickError {
  const where = said.sequence === undefined ? '' : ` (message ${said.sequence})`;
  return new TallystickError(
    'cluster_damaged',
    `node ${node} has made something else of the batches up to op ${op} than node ${said.node}${where}: it serves no more`,
  );
}

export function damaged(stream: string, sequence: number, why: string): TallystickError {
  return new TallystickError('cluster_damaged', `message ${sequence} of stream ${stream}: ${why}`);
}

export function anotherIs(node: number): TallystickError {
  return new TallystickError('cluster_invalid', `another process is node ${node}, and leads`);
}

export function wasRemoved(node: number): TallystickError {
  return new TallystickError('cluster_invalid', `node ${node} was removed from the cluster by an operator`);
}
