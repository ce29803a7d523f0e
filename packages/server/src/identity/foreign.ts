/**
 * Statuses that would tell a caller of records that it may not see. What is foreign answers as what does not exist, the
 * second time as the first: the id is burnt where it would have been.
 *
 *   what the machine says                 what is foreign          what the caller hears
 *   accounts_must_have_the_same_ledger,   the debit account        debit_account_not_found
 *   transfer_must_have_the_same_…,        the credit account       credit_account_not_found
 *   credit_account_not_found
 *   pending_transfer_…, exceeds_pending…  the pending transfer     pending_transfer_not_found
 *   exists…                               what has the id          exists_with_different_ledger
 *
 * Ids belong to the whole folder, so the last row cannot be hidden; the ledger alone is named, whatever differs.
 */
import { randomBytes } from 'node:crypto';
import {
  Cells,
  type Context,
  CreateAccountStatus,
  CreateTransferResultOffset,
  CreateTransferStatus,
  Operation,
  operationShapes,
  type Port,
  type Read,
  TransferFlags,
  TransferOffset,
} from 'tallystick/internal/model';
import { type Asked, ID_SIZE, idText, kept, type RowTests } from './rows.ts';

export interface Foreign {
  readonly port: Port;
  readonly tests: RowTests;
}

const ROW = 128;
const RESULT = 16;
/** Nobody has an account or a transfer of that id: it was chosen at random for this process. */
const NOBODYS: Uint8Array = randomBytes(ID_SIZE);

const named = (statuses: object, begins: RegExp): ReadonlySet<number> =>
  new Set(
    Object.entries(statuses)
      .filter(([name]) => begins.test(name))
      .map(([, status]) => status as number),
  );
const ACCOUNT_EXISTS = named(CreateAccountStatus, /^exists/);
const TRANSFER_EXISTS = named(CreateTransferStatus, /^exists/);
const OF_PENDING = named(CreateTransferStatus, /^(exceeds_)?pending_transfer_(?!not_found)/);
/** A credit account that is not there tells that the debit account is. */
const OF_ACCOUNTS = named(CreateTransferStatus, /same_ledger|^credit_account_not_found/);

/** Does a create by `send`, and says of its statuses what the caller may hear. */
export async function unmasked<T>(
  foreign: Foreign,
  asked: Asked<T>,
  send: (read: Read<T | Reply>) => Promise<T | Reply>,
): Promise<T> {
  const { operation, read, context } = asked.request;
  const answer = await send((cells, at, size, op) => {
    const telling = tellingIn(operation, cells, at, size);
    if (telling.length === 0) return read(cells, at, size, op);
    return new Reply(Cells.copy(cells.bytes.subarray(at, at + size)), op, telling);
  });
  if (!(answer instanceof Reply)) return answer;
  const { once: _once, ...asking } = context;
  await new Masking(foreign, asked.events, operation, asking).mask(answer);
  return read(answer.cells, 0, answer.cells.bytes.length, answer.op);
}

class Reply {
  readonly cells: Cells;
  readonly op: number | undefined;
  /** Events whose status may tell something. */
  readonly telling: readonly number[];

  constructor(cells: Cells, op: number | undefined, telling: readonly number[]) {
    this.cells = cells;
    this.op = op;
    this.telling = telling;
  }

  status(event: number): number {
    return this.cells.view.getUint32(event * RESULT + CreateTransferResultOffset.status, true);
  }

  answer(event: number, status: number): void {
    this.cells.view.setUint32(event * RESULT + CreateTransferResultOffset.status, status, true);
  }
}

function tellingIn(operation: Operation, { view }: Cells, at: number, size: number): number[] {
  const isAccounts = operation === Operation.create_accounts;
  const found: number[] = [];
  for (let event = 0; event * RESULT < size; event++) {
    const status = view.getUint32(at + event * RESULT + CreateTransferResultOffset.status, true);
    const tells = isAccounts
      ? ACCOUNT_EXISTS.has(status)
      : TRANSFER_EXISTS.has(status) || OF_PENDING.has(status) || OF_ACCOUNTS.has(status);
    if (tells) found.push(event);
  }
  return found;
}

class Masking {
  readonly #foreign: Foreign;
  readonly #events: Cells;
  readonly #operation: Operation;
  readonly #context: Context;

  constructor(foreign: Foreign, events: Cells, operation: Operation, context: Context) {
    this.#foreign = foreign;
    this.#events = events;
    this.#operation = operation;
    this.#context = context;
  }

  async mask(reply: Reply): Promise<void> {
    if (this.#operation === Operation.create_accounts) {
      const own = await this.#own(Operation.lookup_accounts, reply.telling, [0]);
      for (const event of reply.telling) {
        if (!own.has(this.#id(event, 0))) reply.answer(event, CreateAccountStatus.exists_with_different_ledger);
      }
      return;
    }
    const where = (statuses: ReadonlySet<number>): number[] =>
      reply.telling.filter((event) => statuses.has(reply.status(event)));
    await this.#maskExisting(reply, where(TRANSFER_EXISTS));
    await this.#maskPendings(reply, where(OF_PENDING));
    await this.#maskAccounts(reply, where(OF_ACCOUNTS));
  }

  async #maskExisting(reply: Reply, events: readonly number[]): Promise<void> {
    const own = await this.#own(Operation.lookup_transfers, events, [TransferOffset.id]);
    for (const event of events) {
      if (own.has(this.#id(event, TransferOffset.id))) continue;
      reply.answer(event, CreateTransferStatus.exists_with_different_ledger);
    }
  }

  async #maskPendings(reply: Reply, events: readonly number[]): Promise<void> {
    const at = TransferOffset.pending_id;
    const own = await this.#own(Operation.lookup_transfers, events, [at]);
    const hidden = events.filter((event) => !own.has(this.#id(event, at)));
    for (const event of hidden) reply.answer(event, CreateTransferStatus.pending_transfer_not_found);
    await this.#burn(hidden.map((event) => [event, at]));
  }

  async #maskAccounts(reply: Reply, events: readonly number[]): Promise<void> {
    const { debit_account_id: debit, credit_account_id: credit } = TransferOffset;
    const { debit_account_not_found, credit_account_not_found } = CreateTransferStatus;
    const own = await this.#own(Operation.lookup_accounts, events, [debit, credit]);
    const hidden: [event: number, field: number][] = [];
    for (const event of events) {
      const field = [debit, credit].find((one) => !own.has(this.#id(event, one)));
      if (field === undefined) continue;
      const isBurnt = reply.status(event) === credit_account_not_found;
      reply.answer(event, field === debit ? debit_account_not_found : credit_account_not_found);
      if (!isBurnt) hidden.push([event, field]);
    }
    await this.#burn(hidden);
  }

  #id(event: number, field: number): string {
    return idText(this.#events.bytes, event * ROW + field);
  }

  /** Which of the ids in these fields of these events the caller may see. */
  async #own(
    operation: typeof Operation.lookup_accounts | typeof Operation.lookup_transfers,
    events: readonly number[],
    fields: readonly number[],
  ): Promise<ReadonlySet<string>> {
    const { port, tests } = this.#foreign;
    const ids = [...new Set(events.flatMap((event) => fields.map((field) => this.#id(event, field))))];
    const own = new Set<string>();
    const within = operation === Operation.lookup_accounts ? tests.account : tests.transfer;
    for (let from = 0; from < ids.length; from += port.eventsMax) {
      const some = ids.slice(from, from + port.eventsMax);
      await port.request({
        operation,
        count: some.length,
        write: ({ bytes }, at) => bytes.set(Buffer.from(some.join(''), 'latin1'), at),
        read: (cells, at, size) => {
          for (const row of kept(cells, at, size, ROW, within)) own.add(idText(row, 0));
        },
        context: this.#context,
      });
    }
    return own;
  }

  /** The same events, each alone and with nobody's id in that field: the machine finds nothing, and burns their ids. */
  async #burn(events: readonly (readonly [event: number, field: number])[]): Promise<void> {
    if (events.length === 0) return;
    const { eventSize } = operationShapes[this.#operation];
    await this.#foreign.port.request({
      operation: this.#operation,
      count: events.length,
      write: ({ bytes, view }, at) => {
        for (const [index, [event, field]] of events.entries()) {
          const to = at + index * eventSize;
          bytes.set(this.#events.bytes.subarray(event * eventSize, (event + 1) * eventSize), to);
          bytes.set(NOBODYS, to + field);
          const flags = view.getUint16(to + TransferOffset.flags, true);
          view.setUint16(to + TransferOffset.flags, flags & ~TransferFlags.linked, true);
        }
      },
      read: () => undefined,
      context: this.#context,
    });
  }
}
