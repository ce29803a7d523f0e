/** Where rows lie: accounts in their array, pending transfers in their slab. */
import * as g from "./gen";
import { Pending } from "./gen";
import * as m from "./memory";

@inline export function account(place: u32): usize {
  return m.ACCOUNTS + ((place as usize) << 7);
}

@inline export function pending(place: u32): Pending {
  assert(place <= m.PENDINGS_MAX);
  return changetype<Pending>(m.PENDINGS + (place as usize) * g.PENDING_SIZE);
}
