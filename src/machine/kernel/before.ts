/** What every new transfer asks and keeps before it changes anything, an ordinary one and one that ends another. */
import { accountAt } from "./accounts";
import { entryCount } from "./entries";
import { insert } from "./ids";
import { beforeAccount } from "./image";
import * as m from "./memory";
import { account } from "./rows";
import * as undo from "./undo";

/** Whether an imported timestamp is not later than every one before it, or is an account's. */
export function regresses(timestamp: u64): bool {
  return timestamp <= m.state.transfers_timestamp_max || accountAt(timestamp);
}

/** Before two accounts change for a new entry, which it returns: keeps what a broken chain or an open image needs. */
@inline export function keepUndone(drPlace: u32, crPlace: u32): u64 {
  beforeAccount(account(drPlace));
  beforeAccount(account(crPlace));
  const entry = entryCount();
  const slot = insert(entry, false);
  if (undo.open) {
    undo.keepId(slot);
    undo.keepAccount(drPlace);
    undo.keepAccount(crPlace);
  }
  return entry;
}
