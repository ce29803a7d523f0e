/** Screens that the list of screens leads to, each with the key that goes there behind `g`. */
import { may, session } from './api.ts';
import { hasService } from './payments.ts';
import { say } from './strings/index.ts';

export interface Place {
  /** The first part of its address. */
  readonly path: string;
  readonly key: string;
  readonly name: string;
}

/** Those that the person may see, and that the server has. */
export function places(): readonly Place[] {
  const words = say();
  const all: readonly (Place | false)[] = [
    { path: '', key: 'h', name: words.home },
    { path: 'accounts', key: 'a', name: words.accounts },
    { path: 'transfers', key: 't', name: words.transfers },
    { path: 'holds', key: 'o', name: words.holds },
    hasService('payments') && may('payments:read') && { path: 'queue', key: 'q', name: words.queue },
    { path: 'books', key: 'b', name: words.books },
    may('metrics:read') && { path: 'cluster', key: 'c', name: words.cluster },
    hasService('gateway') && mayOperate() && { path: 'tenants', key: 'e', name: words.tenants },
    { path: 'settings', key: 's', name: words.settings },
  ];
  return all.filter((place) => place !== false);
}

/** The gateway shows its tenants to the role admin with every ledger. */
function mayOperate(): boolean {
  const { role, all_ledgers: all } = session.value ?? {};
  return role === 'admin' && all === true;
}
