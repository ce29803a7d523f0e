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
 * Ids belong to the whole folder, so the last row cannot be hidden; the ledger alone is named, whatever differs. A
 * request with an id twice would meet the first one burnt: there, what is foreign is taken out before it is sent.
 */
import { randomBytes } from 'node:crypto';
import {
  Cells,
  type Context,
  CreateAccountStatus,
  CreateTransferResultOffset,
  CreateTransferStatus,
  Operation,
  type Port,
  type Read,
  TransferFlags,
  TransferOffset,
} from 'tallystick/internal/model';
import { type Asked, ID_SIZE, idText, type RowTests } from './rows.ts';

export interface Foreign {
  readonly port: Port;
  readonly tests: RowTests;
}

const ROW = 128;
const RESULT = 16;
/** Ids that differ from others by these bits are nobody's: they were chosen at random for this process. */
const NOBODYS: Uint8Array = randomBytes(ID_SIZE);

/** The same foreign id becomes the same id of nobody's, and two become two. */
function disown(bytes: Uint8Array, at: number): void {
  for (let byte = 0; byte < ID_SIZE; byte++) bytes[at + byte]! ^= NOBODYS[byte]!;
}

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
  const { once: _once, ...asking } = context;
  const masking = new Masking(foreign, asked.events, operation, asking);
  if (operation === Operation.create_transfers && hasTwice(asked)) await masking.takeOut();
  const answer = await send((cells, at, size, op) => {
    const telling = tellingIn(operation, cells, at, size);
    if (telling.length === 0) return read(cells, at, size, op);
    return new Reply(Cells.copy(cells.bytes.subarray(at, at + size)), op, telling);
  });
  if (!(answer instanceof Reply)) return answer;
  await masking.mask(answer);
  return read(answer.cells, 0, answer.cells.bytes.length, answer.op);
}

/** Whether two events have one id. Ids that ascend, as most do, are not collected. */
function hasTwice({ request, events }: Asked<unknown>): boolean {
  const { u32 } = events;
  let ascend = true;
  for (let event = 1; event < request.count && ascend; event++) {
    let word = 3;
    const at = (event * ROW) / 4;
    const before = at - ROW / 4;
    while (word > 0 && u32[at + word] === u32[before + word]) word--;
    ascend = u32[at + word]! > u32[before + word]!;
  }
  if (ascend) return false;
  const ids = new Set<string>();
  for (let event = 0; event < request.count; event++) ids.add(idText(events.bytes, event * ROW));
  return ids.size < request.count;
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
    if (status === CreateTransferStatus.created) continue;
    const tells = isAccounts
      ? ACCOUNT_EXISTS.has(status)
      : TRANSFER_EXISTS.has(status) || OF_PENDING.has(status) || OF_ACCOUNTS.has(status);
    if (tells) found.push(event);
  }
  return found;
}

type Lookup = typeof Operation.lookup_accounts | typeof Operation.lookup_transfers;

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

  /** Puts an id of nobody's in the place of each account and pending transfer that is foreign. */
  async takeOut(): Promise<void> {
    const { debit_account_id, credit_account_id, pending_id } = TransferOffset;
    const events = Array.from({ length: this.#events.bytes.length / ROW }, (_, event) => event);
    const accounts = [debit_account_id, credit_account_id];
    const hiddenAccounts = await this.#hidden(Operation.lookup_accounts, events, accounts);
    const hiddenPendings = await this.#hidden(Operation.lookup_transfers, events, [pending_id]);
    for (const event of events) {
      const hidden = [
        ...accounts.filter((field) => hiddenAccounts.has(this.#id(event, field))),
        ...(hiddenPendings.has(this.#id(event, pending_id)) ? [pending_id] : []),
      ];
      for (const field of hidden) disown(this.#events.bytes, event * ROW + field);
    }
  }

  async mask(reply: Reply): Promise<void> {
    if (this.#operation === Operation.create_accounts) {
      await this.#maskExisting(reply, reply.telling, Operation.lookup_accounts);
      return;
    }
    const where = (statuses: ReadonlySet<number>): number[] =>
      reply.telling.filter((event) => statuses.has(reply.status(event)));
    await this.#maskExisting(reply, where(TRANSFER_EXISTS), Operation.lookup_transfers);
    await this.#maskPendings(reply, where(OF_PENDING));
    await this.#maskAccounts(reply, where(OF_ACCOUNTS));
  }

  async #maskExisting(reply: Reply, events: readonly number[], lookup: Lookup): Promise<void> {
    const hidden = await this.#hidden(lookup, events, [TransferOffset.id]);
    const status =
      lookup === Operation.lookup_accounts
        ? CreateAccountStatus.exists_with_different_ledger
        : CreateTransferStatus.exists_with_different_ledger;
    for (const event of events) if (hidden.has(this.#id(event, TransferOffset.id))) reply.answer(event, status);
  }

  async #maskPendings(reply: Reply, events: readonly number[]): Promise<void> {
    const at = TransferOffset.pending_id;
    const hidden = await this.#hidden(Operation.lookup_transfers, events, [at]);
    const masked = events.filter((event) => hidden.has(this.#id(event, at)));
    for (const event of masked) reply.answer(event, CreateTransferStatus.pending_transfer_not_found);
    await this.#burn(masked.map((event) => [event, at]));
  }

  async #maskAccounts(reply: Reply, events: readonly number[]): Promise<void> {
    const { debit_account_id: debit, credit_account_id: credit } = TransferOffset;
    const { debit_account_not_found, credit_account_not_found } = CreateTransferStatus;
    const hidden = await this.#hidden(Operation.lookup_accounts, events, [debit, credit]);
    const unburnt: [event: number, field: number][] = [];
    for (const event of events) {
      const field = [debit, credit].find((one) => hidden.has(this.#id(event, one)));
      if (field === undefined) continue;
      const isBurnt = reply.status(event) === credit_account_not_found;
      reply.answer(event, field === debit ? debit_account_not_found : credit_account_not_found);
      if (!isBurnt) unburnt.push([event, field]);
    }
    await this.#burn(unburnt);
  }

  #id(event: number, field: number): string {
    return idText(this.#events.bytes, event * ROW + field);
  }

  /** Which of the ids in these fields of these events belong to records that the caller may not see. */
  async #hidden(lookup: Lookup, events: readonly number[], fields: readonly number[]): Promise<ReadonlySet<string>> {
    const { port, tests } = this.#foreign;
    const ids = [...new Set(events.flatMap((event) => fields.map((field) => this.#id(event, field))))];
    const hidden = new Set<string>();
    const within = lookup === Operation.lookup_accounts ? tests.account : tests.transfer;
    for (let from = 0; from < ids.length; from += port.eventsMax) {
      const some = ids.slice(from, from + port.eventsMax);
      await port.request({
        operation: lookup,
        count: some.length,
        write: ({ bytes }, at) => bytes.set(Buffer.from(some.join(''), 'latin1'), at),
        read: (cells, at, size) => {
          for (let row = at; row < at + size; row += ROW) {
            if (!within(cells, row)) hidden.add(idText(cells.bytes, row));
          }
        },
        context: this.#context,
      });
    }
    return hidden;
  }

  /**
   * The same events, each alone and with an id of nobody's in that field: the machine finds nothing, and burns their
   * ids.
   */
  async #burn(events: readonly (readonly [event: number, field: number])[]): Promise<void> {
    if (events.length === 0) return;
    await this.#foreign.port.request({
      operation: this.#operation,
      count: events.length,
      write: ({ bytes, view }, at) => {
        for (const [index, [event, field]] of events.entries()) {
          const to = at + index * ROW;
          bytes.set(this.#events.bytes.subarray(event * ROW, (event + 1) * ROW), to);
          disown(bytes, to + field);
          const flags = view.getUint16(to + TransferOffset.flags, true);
          view.setUint16(to + TransferOffset.flags, flags & ~TransferFlags.linked, true);
        }
      },
      read: () => undefined,
      context: this.#context,
    });
  }
}
