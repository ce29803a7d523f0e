/**
 * Any `Ledger` as a port that takes bytes, by the model's own tables: bytes become the objects that a program would
 * send, and the objects that come back become bytes. It has the ledger's clock, so it cannot be told a time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateAccountResult, CreateTransferResult, Ledger, ReplayPort } from '../../src/model/index.ts';
import { op } from '../model/names.ts';
import {
  accountFilterLayout,
  accountLayout,
  balanceLayout,
  changeEventLayout,
  changeEventsFilterLayout,
  decode,
  decodeIds,
  encode,
  type Layout,
  queryFilterLayout,
  resultLayout,
  transferLayout,
} from '../model/records.ts';

/** A ledger whose clock the test turns, as that of `open(':memory:')`. */
export interface TurnedLedger extends Ledger {
  /** Moves the clock forward and ends the pending transfers that have expired by then. */
  advance(nanoseconds: bigint): Promise<void>;
}

/** The shortest field that a program gives as a bigint. */
const BIGINT_SIZE = 8;
const NANOSECONDS_PER_MS = 1_000_000n;
/** Between two creates, so that there is a moment for events that are imported. */
const GAP = 1000n;

/** A record as a program says it. */
type Said = never;

export class LedgerReplayPort implements ReplayPort {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  async request(operation: number, events: Uint8Array): Promise<Uint8Array> {
    const ledger = this.#ledger;
    switch (operation) {
      case op.create_accounts:
        if (isTurned(ledger)) await ledger.advance(GAP);
        return results(await ledger.createAccounts(said(accountLayout, events)));
      case op.create_transfers:
        if (isTurned(ledger)) await ledger.advance(GAP);
        return results(await ledger.createTransfers(said(transferLayout, events)));
      case op.lookup_accounts:
        return packed(accountLayout, await ledger.lookupAccounts(decodeIds(events)));
      case op.lookup_transfers:
        return packed(transferLayout, await ledger.lookupTransfers(decodeIds(events)));
      case op.get_account_transfers:
        return found(accountFilterLayout, events, transferLayout, (filter) => ledger.getAccountTransfers(filter));
      case op.get_account_balances:
        return found(accountFilterLayout, events, balanceLayout, (filter) => ledger.getAccountBalances(filter));
      case op.query_accounts:
        return found(queryFilterLayout, events, accountLayout, (filter) => ledger.queryAccounts(filter));
      case op.query_transfers:
        return found(queryFilterLayout, events, transferLayout, (filter) => ledger.queryTransfers(filter));
      case op.get_change_events:
        return found(changeEventsFilterLayout, events, changeEventLayout, (filter) => ledger.getChangeEvents(filter));
      default:
        throw new RangeError(`a Ledger has no operation ${operation}`);
    }
  }

  /** Turns the clock, or waits where nobody can. */
  async advance(nanoseconds: bigint): Promise<void> {
    if (isTurned(this.#ledger)) await this.#ledger.advance(nanoseconds);
    else await sleep(Number(nanoseconds / NANOSECONDS_PER_MS));
  }

  close(): Promise<void> {
    return this.#ledger.close();
  }
}

function isTurned(ledger: Ledger): ledger is TurnedLedger {
  return typeof (ledger as Partial<TurnedLedger>).advance === 'function';
}

/** The records in `bytes`, every field said, in numbers where they fit one. */
function said<Field extends string>(layout: Layout<Field>, bytes: Uint8Array): Said[] {
  return decode(layout, bytes).map(
    (record) =>
      Object.fromEntries(
        layout.fields.map(([name, , size]) => [name, size < BIGINT_SIZE ? Number(record[name]) : record[name]]),
      ) as Said,
  );
}

function packed<Field extends string>(layout: Layout<Field>, records: readonly object[]): Uint8Array {
  return encode(
    layout,
    records.map((record) => {
      const values = record as Readonly<Record<Field, bigint | number | undefined>>;
      const fields = layout.fields.map(([name]) => [name, BigInt(values[name] ?? 0)]);
      return Object.fromEntries(fields) as Record<Field, bigint>;
    }),
  );
}

function results(all: readonly (CreateAccountResult | CreateTransferResult)[]): Uint8Array {
  return packed(resultLayout, all);
}

/** Programs have no word for the reserved bytes of a filter, with which it finds nothing. */
async function found<Asked extends string, Found extends string>(
  asked: Layout<Asked>,
  events: Uint8Array,
  layout: Layout<Found>,
  ask: (filter: Said) => Promise<readonly object[]>,
): Promise<Uint8Array> {
  const reserved = 'reserved' as Asked;
  const [filter] = decode(asked, events);
  if (filter === undefined || filter[reserved] !== 0n) return new Uint8Array(0);
  const words: Layout<Asked> = { ...asked, fields: asked.fields.filter(([name]) => name !== reserved) };
  return packed(layout, await ask(said(words, events)[0]!));
}
