/** The ledger that a server's doors tell their clients of, so that these know it again. */
import { formatUuid, holdToPin, invalid, type Pin, parsePin } from 'tallystick/internal/model';

export interface Served {
  /** Chosen at random when the ledger was created; 0: unknown. */
  readonly ledgerId: bigint;
  /** The last op that an answer has vouched for, the one that is being written included. */
  readonly op: number;
  /** Milliseconds since this node of a cluster was last known to have everything; left out: there is no cluster. */
  readonly ageMs?: number;
  /** Where clients find the HTTP door of the node that leads; undefined: no other one does. */
  readonly leaderHttp?: string | undefined;
}

/** For doors that were not told of a ledger. */
export const UNTOLD: Served = { ledgerId: 0n, op: 0 };

/** The field, header or metadata that holds a pin. */
export const PIN_NAME = 'tallystick-pin';

function pinOf({ ledgerId, op }: Served): Pin {
  return { ledgerId, lastOp: BigInt(op) };
}

/** The texts of ledgers' ids: every answer of HTTP has one, twice. */
const names = new WeakMap<Served, { readonly ledgerId: bigint; readonly text: string }>();

/** The pin as clients are told it. */
export function pinText(served: Served): string {
  const { ledgerId, op } = served;
  let name = names.get(served);
  if (name?.ledgerId !== ledgerId) {
    name = { ledgerId, text: formatUuid(ledgerId) };
    names.set(served, name);
  }
  return `${name.text}@${op}`;
}

/**
 * Compares the pin that a client brings, if it brings one. Throws `invalid_argument`, and `ledger_changed` or
 * `ledger_behind` if the client knows another ledger, or more of this one.
 */
export function holdTo(served: Served, pin: unknown): void {
  if (pin === undefined || pin === null) return;
  if (typeof pin !== 'string') throw invalid('a pin is text: <uuid of the ledger>@<op>');
  holdToPin(parsePin(pin), pinOf(served));
}
