/** Records that were found, beside the ids that were asked for. */
import { type Id, invalid, parseUuid } from '../model/index.ts';

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

function asBigint(id: Id): bigint {
  const value = typeof id === 'string' ? parseUuid(id) : id;
  if (typeof value !== 'bigint') throw invalid('an id must be a BigInt or the text of a UUID');
  return value;
}
