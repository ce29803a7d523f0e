/**
 * Which ledger a client knows, and how far that had come when it last heard of it. A server that has another ledger, or
 * less of this one, is not what the client means.
 */
import { TallystickError } from './errors.ts';
import { formatUuid, invalid, parseUuid } from './scalars.ts';

/** What a client knows of its ledger across connections and restarts: which one it is, and how far it reaches. */
export interface Pin {
  /** u128, chosen at random when the ledger was created. */
  readonly ledgerId: bigint;
  /** The last op that an answer has vouched for: at least so many batches are durable. Below 2^53. */
  readonly lastOp: bigint;
}

/** Both in one word, for files, headers and command lines: `<uuid>@<op>`. */
export function formatPin({ ledgerId, lastOp }: Pin): string {
  return `${formatUuid(ledgerId)}@${lastOp}`;
}

/** Throws `invalid_argument`. */
export function parsePin(text: string): Pin {
  const [, id, op] = /^([0-9a-fA-F-]{36})@(\d{1,16})$/.exec(text) ?? [];
  if (id === undefined || op === undefined)
    throw invalid(`${text.slice(0, 64)} is not a pin: write <uuid of the ledger>@<op>`);
  const ledgerId = parseUuid(id);
  if (ledgerId === undefined) throw invalid(`${id} is not a UUID`);
  const pin = { ledgerId, lastOp: BigInt(op) };
  checkPin(pin);
  return pin;
}

/** Throws `invalid_argument` unless both numbers are what a pin has. */
export function checkPin({ ledgerId, lastOp }: Pin): void {
  if (typeof ledgerId !== 'bigint' || ledgerId < 0n || ledgerId >= 1n << 128n)
    throw invalid("a pin's ledgerId is a u128");
  if (typeof lastOp !== 'bigint' || lastOp < 0n || lastOp > Number.MAX_SAFE_INTEGER) {
    throw invalid("a pin's lastOp is a bigint from 0 to 2^53 - 1");
  }
}

/** Throws `ledger_changed` or `ledger_behind` unless what is `served` is the ledger that `pin` knows, or more of it. */
export function holdToPin(pin: Pin, served: Pin): void {
  const name = formatUuid(pin.ledgerId);
  if (served.ledgerId !== pin.ledgerId) {
    throw new TallystickError('ledger_changed', `the server has ledger ${formatUuid(served.ledgerId)}, not ${name}`);
  }
  if (served.lastOp < pin.lastOp) {
    const has = `the server has ledger ${name} up to op ${served.lastOp}`;
    throw new TallystickError('ledger_behind', `${has}; the client has heard of op ${pin.lastOp}`);
  }
}
