/** Where rows lie: accounts in their array, pending transfers in their slab. */
import { Transfer } from "./gen";
import * as m from "./memory";

@inline export function account(place: u32): usize {
  return m.ACCOUNTS + ((place as usize) << 7);
}

/** A record of the slab: the stored transfer, and what is known of it besides. */
@unmanaged export class Pending extends Transfer {
  /** Number of its entry. */
  entry: u64;
  /** Nanoseconds; 0: never. */
  expires: u64;
  /** Places of its accounts. */
  debit: u32;
  credit: u32;
  /** 0 free, KIND_PENDING open, else the kind of entry that ended it. */
  state: u32;
  /** Next free place. */
  next: u32;
}

@inline export function pending(place: u32): Pending {
  assert(place <= m.PENDINGS_MAX);
  return changetype<Pending>(m.PENDINGS + (place as usize) * m.PENDING_SIZE);
}
