/** Everything that can be read of a ledger, page by page, as requests to any ledger. */
import { filterFlag, op } from '../testing/model/names.ts';
import { Random } from '../testing/model/random.ts';
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
} from '../testing/model/records.ts';

export interface Page {
  readonly operation: number;
  readonly events: Uint8Array;
}

/** Accounts of a sample. */
const SAMPLE = 3;

/**
 * Yields one request after another; `next(reply)` gets the reply to each, to know where the next page begins. `sample`:
 * a seed that draws a few accounts whose transfers and balances are asked for, in place of all of them; accounts,
 * transfers and changes are read whole in any case.
 */
export function* inventory(sample?: number): Generator<Page, void, Uint8Array> {
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
  for (const id of sample === undefined ? ids : some(ids, new Random(sample))) {
    const both = filterFlag.debits | filterFlag.credits;
    const filter = (from: bigint): Uint8Array =>
      encode(accountFilterLayout, [{ account_id: id, timestamp_min: from, limit: 8189n, flags: both }]);
    yield* pages(op.get_account_transfers, transferLayout, 8189, filter);
    yield* pages(op.get_account_balances, balanceLayout, 8189, filter);
  }
}

function some(ids: readonly bigint[], random: Random): bigint[] {
  const left = [...ids];
  const drawn: bigint[] = [];
  while (drawn.length < SAMPLE && left.length > 0) drawn.push(...left.splice(random.below(left.length), 1));
  return drawn;
}

/** Goes through all of it: `ask` gets a page's reply, whoever gives it. */
export async function takeInventory(ask: (page: Page) => Promise<Uint8Array>, sample?: number): Promise<void> {
  const pages = inventory(sample);
  for (let page = pages.next(); page.done !== true; ) page = pages.next(await ask(page.value));
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
