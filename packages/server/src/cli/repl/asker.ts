/** Asks a ledger what statements say: as it is, or as a snapshot has it. */
import { balanceOf } from 'tallystick/internal/helpers';
import {
  type Account,
  type AccountFilterInput,
  type AccountInput,
  type ChangeEventsFilterInput,
  type Ledger,
  type QueryFilterInput,
  type Reads,
  type Snapshot,
  TallystickError,
  type TransferFilterInput,
  type TransferInput,
  type TransferSumFilterInput,
} from 'tallystick/internal/model';
import type { OperationByName } from 'tallystick/internal/wire';
import { fieldsOf } from './operations.ts';
import { BALANCE_AT, READ, SIDES } from './own-verbs.ts';
import type { Values } from './parser.ts';

/** A statement that cannot be answered as things are; the message says what to do. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}

export class Asker {
  readonly #ledger: Ledger;
  #snapshot: Snapshot | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** The snapshot that reads show; undefined: the present. */
  get asOf(): bigint | undefined {
    return this.#snapshot?.as_of;
  }

  /** Reads show the present. */
  now(): void {
    this.#snapshot = undefined;
  }

  /** Rejects as the ledger does, and with {@link NotNow}. */
  async ask(rule: OperationByName, objects: readonly Values[]): Promise<object[]> {
    if (rule === READ) return this.#read(objects[0]!);
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return this.#askNow(rule, objects);
    return this.#ledger.read(async (view) => {
      if (rule === BALANCE_AT) return balanceRecord(objects[0]!, (ids, at) => accountsIn(view, ids, at));
      const answer = read(view, rule, objects);
      if (answer !== undefined) return answer;
      const why = `A snapshot is being read, and ${rule.name} is no read of it.`;
      throw new NotNow(`${why} \`now\` goes back to the present.`);
    }, snapshot);
  }

  async #read(values: Values): Promise<Snapshot[]> {
    const given = values.size === 0 ? await this.#ledger.getSnapshot() : snapshotOf(values);
    this.#snapshot = given;
    return [given];
  }

  async #askNow(rule: OperationByName, objects: readonly Values[]): Promise<object[]> {
    const ledger = this.#ledger;
    const inputs = objects.map((values) => inputOf(rule, values));
    switch (rule.name) {
      case 'create_accounts':
        return ledger.createAccounts(inputs as unknown as AccountInput[]);
      case 'create_transfers':
        return ledger.createTransfers(inputs as unknown as TransferInput[]);
      case 'get_change_events':
        return ledger.getChangeEvents(inputs[0] as unknown as ChangeEventsFilterInput);
      case 'lookup_accounts_at':
        return accountsAt(ledger, objects);
      case 'get_snapshot':
        return [await ledger.getSnapshot()];
      case BALANCE_AT.name:
        return balanceRecord(objects[0]!, (ids, at) => accountsOf(ledger, ids, at));
      default:
        return read(ledger, rule, objects)!;
    }
  }
}

/** What a ledger and its snapshots answer alike; undefined: it is none of that. */
function read(reads: Reads, rule: OperationByName, objects: readonly Values[]): Promise<object[]> | undefined {
  const ids = (): bigint[] => objects.map(idOf);
  const filter = inputOf(rule, objects[0]!);
  switch (rule.name) {
    case 'lookup_accounts':
      return reads.lookupAccounts(ids());
    case 'lookup_transfers':
      return reads.lookupTransfers(ids());
    case 'lookup_pendings':
      return reads.lookupPendings(ids());
    case 'get_account_transfers':
      return reads.getAccountTransfers(filter as unknown as AccountFilterInput);
    case 'get_account_balances':
      return reads.getAccountBalances(filter as unknown as AccountFilterInput);
    case 'query_accounts':
      return reads.queryAccounts(filter as unknown as QueryFilterInput);
    case 'query_transfers':
      return reads.queryTransfers(filter as unknown as QueryFilterInput);
    case 'search_transfers':
      return reads.searchTransfers(filter as unknown as TransferFilterInput);
    case 'sum_transfers':
      return reads.sumTransfers(filter as unknown as TransferSumFilterInput).then((sum) => [sum]);
    default:
      return undefined;
  }
}

function idOf(values: Values): bigint {
  return values.get('id') ?? 0n;
}

/** Neighbours that ask for the same time go together. */
async function accountsAt(ledger: Ledger, objects: readonly Values[]): Promise<Account[]> {
  const found: Account[] = [];
  for (let from = 0, to = 0; from < objects.length; from = to) {
    const at = objects[from]!.get('timestamp') ?? 0n;
    while (to < objects.length && (objects[to]!.get('timestamp') ?? 0n) === at) to++;
    found.push(...(await accountsOf(ledger, objects.slice(from, to).map(idOf), at)));
  }
  return found;
}

/** Zero, as in the filters of queries, is no bound. */
function accountsOf(ledger: Ledger, ids: readonly bigint[], at: bigint): Promise<Account[]> {
  return at === 0n ? ledger.lookupAccounts(ids) : ledger.lookupAccountsAt(ids, at);
}

function accountsIn(view: Reads, ids: readonly bigint[], at: bigint): Promise<Account[]> {
  if (at === 0n) return view.lookupAccounts(ids);
  throw new NotNow('A snapshot is being read, which is of one time: leave the timestamp out, or go back with `now`.');
}

/** The balance that an object of `balance_at` asks for; empty: there was no such account. */
async function balanceRecord(
  values: Values,
  lookUp: (ids: readonly bigint[], at: bigint) => Promise<Account[]>,
): Promise<object[]> {
  const id = idOf(values);
  const [account] = await lookUp([id], values.get('timestamp') ?? 0n);
  if (account === undefined) return [];
  const bits = Number(values.get('side') ?? 0n);
  const side = bits === SIDES.debit ? 'debit' : bits === SIDES.credit ? 'credit' : undefined;
  try {
    const { posted, pendingIn, pendingOut, available } = balanceOf(account, side);
    return [{ id, posted, pending_in: pendingIn, pending_out: pendingOut, available }];
  } catch (error) {
    if (!(error instanceof TallystickError)) throw error;
    throw new NotNow(`Account ${id} has no rule that says on which side it grows: add side=debit or side=credit.`);
  }
}

function snapshotOf(values: Values): Snapshot {
  const number = (name: keyof Snapshot): bigint => values.get(name) ?? 0n;
  return {
    as_of: number('as_of'),
    timestamp: number('timestamp'),
    transfers_timestamp: number('transfers_timestamp'),
    accounts_timestamp: number('accounts_timestamp'),
    op: number('op'),
  };
}

/** A field that was not given gets the ledger's own default, or zero where the ledger has none. */
function inputOf(rule: OperationByName, values: Values): { [field: string]: bigint | number } {
  const input: { [field: string]: bigint | number } = {};
  for (const { name, type } of fieldsOf(rule).values()) {
    const wide = type === 'u128' || type === 'u64';
    const value = values.get(name);
    if (value !== undefined) input[name] = wide ? value : Number(value);
    else if (name === 'id' || name === 'account_id') input[name] = 0n;
    else if (isCreateRequired(name)) input[name] = 0;
  }
  return input;
}

/** Fields that the types of the client demand and TigerBeetle's REPL leaves at zero, to provoke the status. */
function isCreateRequired(name: string): boolean {
  return name === 'ledger' || name === 'code';
}
