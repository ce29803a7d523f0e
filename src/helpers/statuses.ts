/** Statuses as sentences: what each says, and what a program does about it. */
import { CreateAccountStatus, CreateTransferStatus, enumSchemas, type Id, invalid } from '../model/index.ts';

interface Member {
  readonly name: string;
  readonly about: string;
  /** The refusal used up the id of the transfer. */
  readonly transient?: true;
}

/** The statuses of one operation: their numbers mean other things in the other one. */
export interface Statuses {
  readonly members: ReadonlyMap<number, Member>;
  /** The number of `exists`. */
  readonly exists: number;
}

function statuses(name: string, exists: number): Statuses {
  const schema = enumSchemas.find((each) => each.name === name);
  if (schema === undefined) throw invalid(`the schema has no ${name}`);
  return { members: new Map(schema.members.map((member) => [member.value, member])), exists };
}

export const accountStatuses: Statuses = statuses('CreateAccountStatus', CreateAccountStatus.exists);
export const transferStatuses: Statuses = statuses('CreateTransferStatus', CreateTransferStatus.exists);

/** The event that was refused, or because of which its chain was. */
export interface Refusal {
  /** Its place among the events of the call, from 0. */
  readonly index: number;
  readonly id: Id;
  /** The number of its status, to compare with `CreateTransferStatus` or `CreateAccountStatus`. */
  readonly status: number;
  /** The status by name, such as `exceeds_credits`. */
  readonly statusName: string;
  /** The status in a sentence. */
  readonly about: string;
  /** What to do. */
  readonly next: string;
}

export function refusalOf(statuses: Statuses, index: number, id: Id, status: number): Refusal {
  const member = statuses.members.get(status);
  const statusName = member?.name ?? String(status);
  const about = member?.about ?? 'This version does not know the status.';
  return { index, id, status, statusName, about, next: nextOf(statusName, member?.transient ?? false) };
}

function nextOf(name: string, transient: boolean): string {
  if (transient) return 'Its id is used up: when the reason has passed, send it again under a new id.';
  if (name === 'id_already_failed') return 'Send it again under a new id.';
  if (name === 'exists') {
    return 'It was created before, but not with this chain: take it out, or give the chain ids of its own.';
  }
  if (name.startsWith('exists_with_different_')) {
    return 'Something else was created under this id before: send what was sent then, or take a new id.';
  }
  if (name === 'linked_event_chain_open') return 'The last event of a chain must not be linked.';
  if (name === 'linked_event_failed') {
    return 'Its chain was sent before under the same first id, and without it: give this chain ids of its own.';
  }
  if (/^pending_transfer_(already_posted|already_voided|expired)$/.test(name)) {
    return 'The pending transfer has ended: there is nothing left to post or to void.';
  }
  return 'Correct the event and send it again; its id is still free.';
}
