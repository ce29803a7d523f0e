/**
 * The change feed: everything that changed balances, oldest first, from any time on and for ever; as server-sent
 * events, as lines of JSON, or in pages.
 */
import { type Cells, invalid, TallystickError } from 'tallystick/internal/model';
import { operationsByName, recordToJson } from 'tallystick/internal/wire';
import { expired, isOver } from '../../identity/index.ts';
import { type Asking, type Exchange, JSON_TYPE, sendJson, submit, told } from './exchange.ts';
import { flag, timestamp, whole } from './parameters.ts';
import { HttpError, problemOf } from './problem.ts';
import type { Call, FeedOptions } from './route.ts';

const EVENTS_TYPE = 'text/event-stream';
const LINES_TYPE = 'application/x-ndjson';
const PAGE = 512;
/** Changes in a page of a feed: a small page, because one stands for each of many clients that read slowly. */
const FEED_PAGE = 128;
const operation = operationsByName.get('get_change_events')!;
const timestampAt = operation.reply.byName.get('timestamp')!.at;

/** A change: its timestamp, which is unique, and its JSON. */
interface Change {
  readonly timestamp: bigint;
  readonly json: string;
}

function changes(cells: Cells, at: number, size: number): Change[] {
  const found: Change[] = [];
  for (let from = at; from < at + size; from += operation.reply.size) {
    const timestamp = cells.view.getBigUint64(from + timestampAt, true);
    found.push({ timestamp, json: recordToJson(operation.reply, cells, from) });
  }
  return found;
}

function ask(from: Asking, since: bigint, limit: number): Promise<Change[]> {
  return submit(from, operation, [{ timestamp_min: since + 1n, limit }], changes);
}

export async function sendChanges(exchange: Exchange, { feed }: Call): Promise<void> {
  const { query, request } = exchange;
  const last = request.headers['last-event-id'];
  const since =
    typeof last === 'string' && last !== ''
      ? timestamp(last, 'Last-Event-ID')
      : timestamp(query.get('since') ?? '0', 'since');
  const limit = whole(query.get('limit') ?? String(PAGE), 'limit');
  if (limit === 0) throw invalid('limit must be at least 1');
  const accept = request.headers.accept ?? '*/*';
  if (accept.includes(EVENTS_TYPE)) return follow(exchange, feed, since, EVENTS_TYPE, true);
  if (accept.includes(LINES_TYPE)) {
    return follow(exchange, feed, since, LINES_TYPE, !query.has('follow') || flag(query, 'follow'));
  }
  if (!/application\/(json|\*)|\*\/\*/.test(accept)) {
    throw new HttpError(406, 'invalid_argument', `changes come as ${EVENTS_TYPE}, ${LINES_TYPE} or ${JSON_TYPE}`);
  }
  const page = await ask(exchange, since, limit);
  const next = page.at(-1)?.timestamp ?? since;
  sendJson(exchange, `{"changes":[${page.map(({ json }) => json).join(',')}],"next":"${next}"}`);
}

/**
 * Writes until the client goes, its token expires or the server drains; a client that reads slowly is waited for. A
 * feed that was to go on for ever ends well then, to be taken up again behind its last change; one that was to end with
 * the newest does not look as if it had.
 */
async function follow(
  exchange: Exchange,
  { newest, heartbeatMs }: FeedOptions,
  from: bigint,
  type: string,
  forEver: boolean,
): Promise<void> {
  const { response, share } = exchange;
  const ended = exchange.ended();
  const asEvents = type === EVENTS_TYPE;
  // The first question may be refused, and then says so.
  let since = from;
  const asking = { ...exchange, patient: true };
  let page = await ask(asking, since, FEED_PAGE);
  response.writeHead(200, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    ...told(exchange),
  });
  response.flushHeaders();
  if (exchange.request.method === 'HEAD') {
    response.end();
    return;
  }
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(asEvents ? ': still here\n\n' : '\n');
  }, heartbeatMs);
  let complete = false;
  try {
    while (!ended.aborted) {
      since = page.at(-1)?.timestamp ?? since;
      const whole = page.length === FEED_PAGE;
      const taken = write(exchange, page.splice(0), asEvents);
      if (!taken) await drained(response, ended);
      share.settle(0);
      if (!whole) {
        complete = !forEver;
        if (complete) break;
        await newest.wait(since, ended);
      }
      if (ended.aborted) break;
      page = await askPatiently(asking, since);
    }
  } catch (error) {
    if (!isOver(exchange.expiry)) throw error;
  } finally {
    clearInterval(heartbeat);
  }
  if (asEvents && isOver(exchange.expiry)) response.write(`event: end\ndata: ${problemOf(expired()).body}\n\n`);
  if (complete || forEver) response.end();
  else response.destroy();
}

/** Whether the client has taken enough of what it was sent to be sent more. */
function write({ response, share }: Exchange, page: readonly Change[], asEvents: boolean): boolean {
  if (page.length === 0) return true;
  let text = '';
  for (const { timestamp, json } of page) text += asEvents ? `id: ${timestamp}\ndata: ${json}\n\n` : `${json}\n`;
  share.settle(text.length);
  return response.write(text);
}

/** A full lane is no reason to end a feed; an empty page is asked again. */
async function askPatiently(exchange: Asking, since: bigint): Promise<Change[]> {
  try {
    return await ask(exchange, since, FEED_PAGE);
  } catch (error) {
    if (error instanceof TallystickError && error.code === 'lane_full') return [];
    throw error;
  }
}

function drained(response: Exchange['response'], ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      ended.removeEventListener('abort', done);
      resolve();
    };
    response.on('drain', done);
    ended.addEventListener('abort', done);
  });
}
