/**
 * The pin that a client holds servers to: the first server's ledger or a given one, and the last op that it has heard
 * of.
 */
import { checkPin, holdToPin, type Pin } from '../model/index.ts';

export class Pinned {
  #ledgerId: bigint | undefined;
  #lastOp = 0;

  /** Throws `invalid_argument`. */
  constructor(pin: Pin | undefined) {
    if (pin === undefined) return;
    checkPin(pin);
    this.#ledgerId = pin.ledgerId;
    this.#lastOp = Number(pin.lastOp);
  }

  /** Undefined until a server was met. */
  get pin(): Pin | undefined {
    if (this.#ledgerId === undefined) return undefined;
    return { ledgerId: this.#ledgerId, lastOp: BigInt(this.#lastOp) };
  }

  /** The last op that answers have vouched for; 0: none has. */
  get lastOp(): number {
    return this.#lastOp;
  }

  /** Another connection has begun. Throws `ledger_changed` or `ledger_behind`; then nothing may be sent there. */
  meet(ledgerId: bigint, op: number): void {
    const { pin } = this;
    if (pin !== undefined) holdToPin(pin, { ledgerId, lastOp: BigInt(op) });
    this.#ledgerId = ledgerId;
    this.hear(op);
  }

  /** An answer vouches for that op. */
  hear(op: number): void {
    if (op > this.#lastOp) this.#lastOp = op;
  }
}
