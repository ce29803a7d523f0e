/** The ledger's operations by name, on plain values: what the JSON and MessagePack doors have in common. */
import { type AccountInput, invalid, type Ledger, operationSchemas, type TransferInput } from '../model/index.ts';
import { type Plain, toInput, toPlain, wideOf } from './values.ts';

/** A batch of several events, or one filter. */
export interface OperationByName {
  readonly name: string;
  /** Record of an event: `id` is a bare u128. */
  readonly event: string;
  readonly reply: string;
  /** One event only. */
  readonly single: boolean;
}

export const operationsByName: ReadonlyMap<string, OperationByName> = new Map(
  operationSchemas
    .filter(({ name }) => name !== 'pulse')
    .map(({ name, event, reply, eventsMax }) => [name, { name, event, reply, single: eventsMax === 1 }]),
);

/** Runs an operation. `events` as they came off the wire; u64 of the results as `wide` makes them. Rejects with what the ledger or the checks say. */
export async function runByName(
  ledger: Ledger,
  operation: OperationByName,
  events: unknown,
  wide: (value: bigint) => unknown,
): Promise<Plain[]> {
  if (!Array.isArray(events)) throw invalid('events must be an array');
  if (operation.single && events.length !== 1) throw invalid(`${operation.name} takes one filter`);
  const inputs = events.map((event, index) =>
    operation.event === 'id' ? wideOf(event, `events[${index}]`) : toInput(operation.event, event, `events[${index}]`),
  );
  const found = await call(ledger, operation.name, inputs);
  return found.map((record) => toPlain(operation.reply, record, wide));
}

/** The checks have made the inputs what the operation's record says; the compiler cannot see that. */
function call(ledger: Ledger, name: string, inputs: unknown[]): Promise<object[]> {
  switch (name) {
    case 'create_accounts':
      return ledger.createAccounts(inputs as AccountInput[]);
    case 'create_transfers':
      return ledger.createTransfers(inputs as TransferInput[]);
    case 'lookup_accounts':
      return ledger.lookupAccounts(inputs as bigint[]);
    case 'lookup_transfers':
      return ledger.lookupTransfers(inputs as bigint[]);
    case 'get_account_transfers':
      return ledger.getAccountTransfers(inputs[0] as Parameters<Ledger['getAccountTransfers']>[0]);
    case 'get_account_balances':
      return ledger.getAccountBalances(inputs[0] as Parameters<Ledger['getAccountBalances']>[0]);
    case 'query_accounts':
      return ledger.queryAccounts(inputs[0] as Parameters<Ledger['queryAccounts']>[0]);
    case 'query_transfers':
      return ledger.queryTransfers(inputs[0] as Parameters<Ledger['queryTransfers']>[0]);
    case 'get_change_events':
      return ledger.getChangeEvents(inputs[0] as Parameters<Ledger['getChangeEvents']>[0]);
    default:
      return Promise.reject(invalid(`there is no operation ${name}`));
  }
}
