/** Everything that can be read of a ledger, page by page, as requests to any ledger. */
import { filterFlag, op } from '../test/support/names.ts';
import {
  accountFilterLayout,
  accountLayout,
  balanceLayout,
  changeEventLayout,
  changeEventsFilterLayout,
  decode,
  encode,
  type Layout,
  queryFilterLayout,
  transferLayout,
} from '../test/support/records.ts';

export interface Page {
  readonly operation: number;
  readonly events: Uint8Array;
}

/** Yields one request after another; `next(reply)` gets the reply to each, to know where the next page begins. */
export function* inventory(): Generator<Page, void, Uint8Array> {
  const ids: bigint[] = [];
  yield* pages(
    op.query_accounts,
    accountLayout,
    8189,
    (from) => encode(queryFilterLayout, [{ timestamp_min: from, limit: 8189n }]),
    (reply) => ids.push(...decode(accountLayout, reply).map(({ id }) => id)),
  );
  yield* pages(op.query_transfers, transferLayout, 8189, (from) =>
    encode(queryFilterLayout, [{ timestamp_min: from, limit: 8189n }]),
  );
  yield* pages(op.get_change_events, changeEventLayout, 2730, (from) =>
    encode(changeEventsFilterLayout, [{ timestamp_min: from, limit: 2730n }]),
  );
  for (const id of ids) {
    const both = filterFlag.debits | filterFlag.credits;
    const filter = (from: bigint): Uint8Array =>
      encode(accountFilterLayout, [{ account_id: id, timestamp_min: from, limit: 8189n, flags: both }]);
    yield* pages(op.get_account_transfers, transferLayout, 8189, filter);
    yield* pages(op.get_account_balances, balanceLayout, 8189, filter);
  }
}

function* pages<Field extends string>(
  operation: number,
  layout: Layout<Field | 'timestamp'>,
  limit: number,
  filter: (from: bigint) => Uint8Array,
  visit: (reply: Uint8Array) => void = () => {},
): Generator<Page, void, Uint8Array> {
  const timestamp = layout.fields.find(([name]) => name === 'timestamp')![1];
  for (let from = 0n; ; ) {
    const reply = yield { operation, events: filter(from) };
    visit(reply);
    if (reply.length < limit * layout.size) return;
    from = new DataView(reply.buffer, reply.byteOffset).getBigUint64(reply.length - layout.size + timestamp, true) + 1n;
  }
}
