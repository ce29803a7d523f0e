/** Questions: fields of filters come as query parameters, answers in pages that a cursor goes on from. */
import { type Cells, invalid, named, TallystickError } from 'tallystick/internal/model';
import { type OperationByName, objectToJson, recordsToJson } from 'tallystick/internal/wire';
import { type Exchange, sendJson, submit } from './exchange.ts';
import { atParameter } from './openapi/shapes.ts';
import { checkParameters, flag, timestamp, whole } from './parameters.ts';
import type { Call } from './route.ts';

const LIMIT_DEFAULT = 100;
const DEBITS = 1;
const CREDITS = 2;
const REVERSED_OF_ACCOUNT = 4;
const REVERSED_OF_QUERY = 1;

/** One account or transfer by id; `not_found` if there is none. */
export async function sendOne(exchange: Exchange, { route, id }: Call): Promise<void> {
  const lookup = route.asks[0]!;
  const [found] = await submit(exchange, lookup, [id], textsOf(lookup));
  if (found === undefined)
    throw new TallystickError('not_found', `there is no ${lookup.reply.name.toLowerCase()} ${named(id)}`);
  sendJson(exchange, found);
}

export function textsOf(operation: OperationByName): (cells: Cells, at: number, size: number) => string[] {
  return (cells, at, size) => recordsToJson(operation.reply, cells, at, size);
}

/** Records of a reply, and the timestamp of the last. */
interface Found {
  readonly texts: string[];
  readonly last: bigint;
}

function foundOf({ reply }: OperationByName): (cells: Cells, at: number, size: number) => Found {
  const { at: timestampAt } = reply.byName.get('timestamp')!;
  return (cells, at, size) => ({
    texts: recordsToJson(reply, cells, at, size),
    last: size === 0 ? 0n : cells.view.getBigUint64(at + size - reply.size + timestampAt, true),
  });
}

/** Sends `{<name>: […], next}`. `account`: of one account only. */
export async function sendPage(exchange: Exchange, { route }: Call, name: string, account?: string): Promise<void> {
  const { query } = exchange;
  const operation = route.asks[0]!;
  const cursor = query.get('cursor');
  const reversed = flag(query, 'reversed');
  const filter = filterOf(operation, query, account);
  if (cursor !== null) goOn(filter, timestamp(cursor, 'cursor'), reversed);
  const { texts, last } = await submit(exchange, operation, [filter], foundOf(operation));
  const more = texts.length === filter.limit;
  const list = `{"${name}":[${texts.join(',')}],"next":${more ? `"${last}"` : 'null'}}`;
  if (!more) return sendJson(exchange, list);
  const next = new URLSearchParams(query);
  next.set('cursor', String(last));
  sendJson(exchange, list, `<${exchange.path}?${next}>; rel="next"`);
}

interface Filter {
  limit: number;
  [field: string]: unknown;
}

function filterOf(operation: OperationByName, query: URLSearchParams, account: string | undefined): Filter {
  const filter: Filter = { limit: LIMIT_DEFAULT };
  const fields = operation.event!.byName;
  for (const [name, text] of query) {
    // Parameters that the router knows and the filter does not: the sides, the order, the cursor.
    const field = fields.get(name);
    if (field === undefined) continue;
    if (name.startsWith('timestamp')) filter[name] = timestamp(text, name);
    else filter[name] = field.type === 'u128' || field.type === 'u64' ? text : whole(text, name);
  }
  if (filter.limit === 0) throw invalid('limit must be at least 1');
  if (account === undefined) {
    filter.flags = flag(query, 'reversed') ? REVERSED_OF_QUERY : 0;
  } else {
    filter.account_id = account;
    const sides = (flag(query, 'debits') ? DEBITS : 0) | (flag(query, 'credits') ? CREDITS : 0);
    filter.flags = (sides === 0 ? DEBITS | CREDITS : sides) | (flag(query, 'reversed') ? REVERSED_OF_ACCOUNT : 0);
  }
  return filter;
}

function goOn(filter: Filter, after: bigint, reversed: boolean): void {
  if (reversed) filter.timestamp_max = after - 1n;
  else filter.timestamp_min = after + 1n;
}

/** A page of the balances of an account with history, or those that it had at a time. */
export function sendBalances(exchange: Exchange, call: Call): Promise<void> {
  if (exchange.query.has('at')) return sendBalancesAt(exchange, call);
  return sendPage(exchange, call, 'balances', call.id);
}

async function sendBalancesAt(exchange: Exchange, { route, id: account }: Call): Promise<void> {
  checkParameters(exchange.query, [atParameter]);
  const at = timestamp(exchange.query.get('at') ?? '', 'at');
  const [operation, lookup] = [route.asks[0]!, route.asks[1]!];
  const { byName } = lookup.reply;
  const opened = await submit(exchange, lookup, [account], (cells, from, size) =>
    size === 0
      ? undefined
      : {
          flags: cells.view.getUint16(from + byName.get('flags')!.at, true),
          timestamp: cells.view.getBigUint64(from + byName.get('timestamp')!.at, true),
        },
  );
  if (opened === undefined || opened.timestamp > at) {
    throw new TallystickError('not_found', `there was no account ${named(account)} at that time`);
  }
  if ((opened.flags & byName.get('flags')!.names!.get('history')!) === 0) {
    throw invalid(`account ${named(account)} keeps no history: it lacks the flag`);
  }
  const filter = { account_id: account, limit: 1, timestamp_max: at, flags: DEBITS | CREDITS | REVERSED_OF_ACCOUNT };
  const [found] = await submit(exchange, operation, [filter], textsOf(operation));
  const fields = operation.reply.fields.map(({ name }) => [name, name === 'timestamp' ? opened.timestamp : 0n]);
  sendJson(exchange, found ?? objectToJson(operation.reply, Object.fromEntries(fields)));
}
