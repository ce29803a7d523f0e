/** Records that were found, beside the ids that were asked for. */
import { type Account, EVENTS_MAX, type Id, invalid, type Ledger, parseUuid, type Transfer } from '../model/index.ts';

/**
 * One place for each id, in their order, and undefined where none was found: a lookup leaves those out, so that what
 * follows them moves up.
 *
 *   const ids = [alice, nobody, bob];
 *   const [a, none, b] = inPlace(ids, await ledger.lookupAccounts(ids));
 *
 * Throws `invalid_argument` for an id that is neither a BigInt nor the text of a UUID.
 */
export function inPlace<Found extends { readonly id: bigint }>(
  ids: readonly Id[],
  found: readonly Found[],
): (Found | undefined)[] {
  const byId = new Map(found.map((each) => [each.id, each]));
  return ids.map((id) => byId.get(asBigint(id)));
}

/**
 * Looks up accounts, one place for each id, and undefined where there is none. The list may be longer than a request.
 *
 *   const [from, to] = await accountsInPlace(ledger, [alice, bob]);
 */
export function accountsInPlace(
  ledger: Pick<Ledger, 'lookupAccounts'>,
  ids: readonly Id[],
): Promise<(Account | undefined)[]> {
  return lookedUp(ids, (some) => ledger.lookupAccounts(some));
}

/** As {@link accountsInPlace}, of transfers. */
export function transfersInPlace(
  ledger: Pick<Ledger, 'lookupTransfers'>,
  ids: readonly Id[],
): Promise<(Transfer | undefined)[]> {
  return lookedUp(ids, (some) => ledger.lookupTransfers(some));
}

async function lookedUp<Found extends { readonly id: bigint }>(
  ids: readonly Id[],
  ask: (ids: bigint[]) => Promise<Found[]>,
): Promise<(Found | undefined)[]> {
  const wanted = [...new Set(ids.map(asBigint))];
  const found: Found[] = [];
  for (let at = 0; at < wanted.length; at += EVENTS_MAX) {
    for (const each of await ask(wanted.slice(at, at + EVENTS_MAX))) found.push(each);
  }
  return inPlace(ids, found);
}

function asBigint(id: Id): bigint {
  const value = typeof id === 'string' ? parseUuid(id) : id;
  if (typeof value !== 'bigint') throw invalid('an id must be a BigInt or the text of a UUID');
  return value;
}
