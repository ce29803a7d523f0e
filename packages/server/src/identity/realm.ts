/**
 * Keeps a caller within its ledgers and its accounts. Creates must name them in every event; lookups, queries and the
 * change feed find what lies there, and nothing else: what is foreign answers as what does not exist. What cannot be
 * told apart is refused.
 */
import {
  AccountFilterOffset,
  AccountOffset,
  type Before,
  before,
  Cells,
  draftOf,
  Operation,
  operationShapes,
  PendingTransferOffset,
  type Port,
  type Read,
  type Request,
  TallystickError,
  TransferFilterOffset,
  TransferOffset,
} from 'tallystick/internal/model';
import { type Foreign, unmasked } from './foreign.ts';
import { Pages } from './realm-pages.ts';
import { type Asked, idText, joined, kept, type Realm, type RowTests, rowTests, type Within } from './rows.ts';

const ROW = 128;
const ID = 16;

/** `denied` hears what was refused. */
export function withinRealm(realm: Realm, denied: (reason: string) => void): Before {
  return (port) => {
    const guard = new RealmGuard(realm, denied, port);
    return before((_port, request) => guard.request(request))(port);
  };
}

class RealmGuard {
  readonly #realm: Realm;
  readonly #denied: (reason: string) => void;
  readonly #port: Port;
  readonly #tests: RowTests;
  readonly #pages: Pages;
  readonly #foreign: Foreign;

  constructor(realm: Realm, denied: (reason: string) => void, port: Port) {
    this.#realm = realm;
    this.#denied = denied;
    this.#port = port;
    this.#tests = rowTests(realm);
    this.#pages = new Pages(port, realm, this.#tests);
    this.#foreign = { port, tests: this.#tests };
  }

  request<T>(request: Request<T>): Promise<T> {
    const { operation, count } = request;
    // Looked at in a copy: what is sent is what was looked at.
    const events = Cells.of(count * operationShapes[operation].eventSize);
    try {
      request.write(events, 0);
    } catch (error) {
      return Promise.reject(error);
    }
    const asked = { request, events };
    switch (operation) {
      case Operation.create_accounts:
        return this.#create(asked, AccountOffset.ledger, [AccountOffset.id]);
      case Operation.create_transfers:
        return this.#create(asked, TransferOffset.ledger, [
          TransferOffset.debit_account_id,
          TransferOffset.credit_account_id,
        ]);
      case Operation.lookup_accounts:
      case Operation.lookup_accounts_at:
        return this.#lookup(asked, this.#tests.account);
      case Operation.lookup_transfers:
        return this.#lookup(asked, this.#tests.transfer);
      case Operation.lookup_pendings:
        return this.#pendings(asked);
      case Operation.get_account_transfers:
      case Operation.get_account_balances:
        return this.#ofAccount(asked);
      case Operation.query_accounts:
      case Operation.query_transfers:
        return this.#pages.query(asked);
      case Operation.get_change_events:
        return this.#pages.changes(asked);
      case Operation.search_transfers:
      case Operation.sum_transfers:
        return this.#search(asked);
      case Operation.get_snapshot:
        return this.#send(asked, request.read);
      default:
        return this.#refuse(`operation ${operation} is not open to a caller that is limited to some ledgers`);
    }
  }

  #refuse(reason: string): Promise<never> {
    this.#denied(reason);
    return Promise.reject(new TallystickError('forbidden', reason));
  }

  #send<T>({ request, events }: Asked<unknown>, read: Read<T>): Promise<T> {
    const { operation, count, context } = request;
    return this.#port.request({
      operation,
      count,
      write: (cells, at) => cells.bytes.set(events.bytes, at),
      read,
      context,
    });
  }

  /**
   * A post or a void that leaves its ledger open would take that of whatever pending transfer it names; so would one
   * that leaves its accounts open.
   */
  #create<T>(asked: Asked<T>, ledgerAt: number, accountsAt: readonly number[]): Promise<T> {
    const { ledgers, accounts } = this.#realm;
    const { events, request } = asked;
    for (let event = 0; event < request.count; event++) {
      const at = event * ROW;
      const ledger = events.view.getUint32(at + ledgerAt, true);
      if (ledgers !== undefined && !ledgers.has(ledger)) {
        return this.#refuse(`event ${event} names ledger ${ledger}, which is not among the caller's; nothing was sent`);
      }
      if (accounts !== undefined && !accountsAt.every((field) => accounts.has(events.bytes, at + field))) {
        return this.#refuse(`event ${event} names an account that is not among the caller's; nothing was sent`);
      }
    }
    return unmasked(this.#foreign, asked, (read) => this.#send(asked, read));
  }

  #lookup<T>(asked: Asked<T>, within: Within): Promise<T> {
    const { read } = asked.request;
    return this.#send(asked, (cells, at, size) => {
      const found = joined(kept(cells, at, size, ROW, within));
      return read(found, 0, found.bytes.length);
    });
  }

  /** A search names one of the ledgers, and of the accounts: sums of several could not be told apart. */
  #search<T>(asked: Asked<T>): Promise<T> {
    const { ledgers, accounts } = this.#realm;
    const ledger = asked.events.view.getUint32(TransferFilterOffset.ledger, true);
    if (ledgers !== undefined && !ledgers.has(ledger)) {
      return this.#refuse(`the filter must name a ledger of the caller's, and not ${ledger}`);
    }
    if (accounts !== undefined && !accounts.has(asked.events.bytes, TransferFilterOffset.account_id)) {
      return this.#refuse("the filter must name an account of the caller's");
    }
    return this.#send(asked, asked.request.read);
  }

  /** Every id keeps its place: what lies elsewhere was not found. */
  async #pendings<T>(asked: Asked<T>): Promise<T> {
    const { ledgers, accounts } = this.#realm;
    const { request, events } = asked;
    const named = accounts === undefined ? undefined : await this.#visible(asked);
    return this.#send(asked, (cells, at, size) => {
      const found = Cells.of(size);
      for (let row = 0; row < size; row += ROW) {
        const ledger = cells.view.getUint32(at + row + PendingTransferOffset.ledger, true);
        const id = idText(events.bytes, (row / ROW) * operationShapes[request.operation].eventSize);
        const inside = (ledgers?.has(ledger) ?? true) && (named?.has(id) ?? true);
        const size = inside ? ROW : PendingTransferOffset.amount;
        found.bytes.set(cells.bytes.subarray(at + row, at + row + size), row);
      }
      return request.read(found, 0, size);
    });
  }

  /** Ids of the transfers that are asked about and that the caller may see. */
  #visible({ request, events }: Asked<unknown>): Promise<ReadonlySet<string>> {
    const { eventSize } = operationShapes[request.operation];
    const context = draftOf(request.context);
    context.once = undefined;
    return this.#port.request({
      operation: Operation.lookup_transfers,
      count: request.count,
      write: ({ bytes }, at) => {
        for (let event = 0; event < request.count; event++) {
          bytes.set(events.bytes.subarray(event * eventSize, event * eventSize + ID), at + event * ID);
        }
      },
      read: (cells, at, size) =>
        new Set(kept(cells, at, size, ROW, this.#tests.transfer).map((row) => idText(row, TransferOffset.id))),
      context,
    });
  }

  /** Balances do not say their ledger, and the account's never changes. */
  async #ofAccount<T>(asked: Asked<T>): Promise<T> {
    const at = AccountFilterOffset.account_id;
    const id = asked.events.bytes.subarray(at, at + ID);
    const { read, context } = asked.request;
    const inside = await this.#port.request({
      operation: Operation.lookup_accounts,
      count: 1,
      write: (cells, to) => cells.bytes.set(id, to),
      read: (cells, from, size) => size > 0 && this.#tests.account(cells, from),
      context,
    });
    return inside ? this.#send(asked, read) : read(Cells.none, 0, 0);
  }
}
