/** Rows of change events: the transfer, and both accounts as they were behind it. */
import type { SharedMemory } from '../base/index.ts';
import {
  AccountFlags,
  AccountOffset,
  CHANGE_EVENT_SIZE,
  ChangeEventOffset,
  TallystickError,
  TransferOffset,
} from '../model/index.ts';
import type { Answer } from './answer.ts';
import type { AccountReader } from './layout.ts';

/** Puts events of 384 bytes together, one after another. */
export class EventWriter {
  readonly #memory: Uint8Array;
  readonly #memoryView: DataView;
  readonly #accounts: AccountReader;
  readonly #answer: Answer;
  #at = 0;

  constructor(memory: SharedMemory, accounts: AccountReader, answer: Answer) {
    this.#memory = new Uint8Array(memory.buffer);
    this.#memoryView = new DataView(memory.buffer);
    this.#accounts = accounts;
    this.#answer = answer;
  }

  /** Begins the next event with the transfer in `row` from byte `from`. */
  begin(row: Uint8Array, from: number, kind: number): void {
    this.#at = this.#answer.add(CHANGE_EVENT_SIZE);
    const to = ChangeEventOffset;
    const field = TransferOffset;
    this.copy(row, from + field.id, to.transfer_id, 16);
    this.copy(row, from + field.amount, to.transfer_amount, 16);
    this.copy(row, from + field.pending_id, to.transfer_pending_id, 16);
    this.copy(row, from + field.user_data_128, to.transfer_user_data_128, 16);
    this.copy(row, from + field.user_data_64, to.transfer_user_data_64, 8);
    this.copy(row, from + field.user_data_32, to.transfer_user_data_32, 4);
    this.copy(row, from + field.timeout, to.transfer_timeout, 4);
    this.copy(row, from + field.code, to.transfer_code, 4); // and the flags
    this.copy(row, from + field.ledger, to.ledger, 4);
    this.#answer.bytes[this.#at + to.type] = kind;
    this.copy(row, from + field.debit_account_id, to.debit_account_id, 16);
    this.copy(row, from + field.credit_account_id, to.credit_account_id, 16);
    this.copy(row, from + field.timestamp, to.transfer_timestamp, 8);
  }

  copy(from: Uint8Array, at: number, to: number, size: number): void {
    const target = this.#answer.bytes;
    for (let byte = 0; byte < size; byte++) target[this.#at + to + byte] = from[at + byte]!;
  }

  /** The account on one side: its balances then, the rest as it always was; `closed` then. */
  putAccount(side: number, balances: Uint8Array, closed: boolean): void {
    const to = ChangeEventOffset;
    const id = this.#at + (side === 0 ? to.debit_account_id : to.credit_account_id);
    const { view } = this.#answer;
    const lo = view.getBigUint64(id, true);
    const hi = view.getBigUint64(id + 8, true);
    const account = this.#accounts.row(lo, hi);
    if (account === 0)
      throw new TallystickError('run_corrupt', `account ${(hi << 64n) | lo} of a transfer is not there`);
    const shift = side === 0 ? 0 : to.credit_account_id - to.debit_account_id;
    const field = AccountOffset;
    this.copy(balances, 0, to.debit_account_debits_pending + shift, 64);
    this.copy(this.#memory, account + field.user_data_128, to.debit_account_user_data_128 + shift, 16);
    this.copy(this.#memory, account + field.user_data_64, to.debit_account_user_data_64 + shift, 8);
    this.copy(this.#memory, account + field.user_data_32, to.debit_account_user_data_32 + shift, 4);
    this.copy(this.#memory, account + field.code, to.debit_account_code + shift, 2);
    const flags = this.#memoryView.getUint16(account + field.flags, true) & ~AccountFlags.closed;
    view.setUint16(this.#at + to.debit_account_flags + shift, flags | (closed ? AccountFlags.closed : 0), true);
    this.copy(
      this.#memory,
      account + field.timestamp,
      side === 0 ? to.debit_account_timestamp : to.credit_account_timestamp,
      8,
    );
  }
}
