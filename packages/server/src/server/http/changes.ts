/**
 * The change feed: everything that changed balances, oldest first, from any time on and for ever; as server-sent
 * events, as lines of JSON, or in pages. One question at a time asks the ledger for all who wait whether anything is
 * new.
 */
import { type Cells, invalid, NO_CONTEXT, type Port, TallystickError } from 'tallystick/internal/model';
import { recordToJson } from 'tallystick/internal/wire';
import { expired, isOver } from '../../identity/index.ts';
import { type Asking, type Exchange, JSON_TYPE, sendJson, submit, told } from './exchange.ts';
import { checkParameters, flag, timestamp, whole } from './parameters.ts';
import { HttpError, problemOf } from './problem.ts';
import { operationOf } from './queries.ts';

const EVENTS_TYPE = 'text/event-stream';
const LINES_TYPE = 'application/x-ndjson';
const PAGE = 512;
/** Changes in a page of a feed: a small page, because one stands for each of many clients that read slowly. */
const FEED_PAGE = 128;
const operation = operationOf('get_change_events');
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

/** Wakes followers that wait for a change newer than the newest one that they have seen. */
export class Newest {
  readonly #port: Port;
  readonly #pollMs: number;
  #waiting: { readonly since: bigint; readonly wake: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(port: Port, pollMs: number) {
    this.#port = port;
    this.#pollMs = pollMs;
  }

  /** Resolves when there may be a change after `since`. */
  wait(since: bigint, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        resolve();
      };
      const wake = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const waiting = { since, wake };
      if (signal.aborted) {
        resolve();
        return;
      }
      this.#waiting.push(waiting);
      signal.addEventListener('abort', leave, { once: true });
      this.#arm();
    });
  }

  #arm(): void {
    if (this.#waiting.length === 0) return;
    this.#timer ??= setTimeout(() => void this.#poll(), this.#pollMs).unref();
  }

  async #poll(): Promise<void> {
    // Read from the follower that is furthest behind: one that names a time to come must not decide for the others.
    const behind = this.#waiting.reduce((min, { since }) => (since < min ? since : min), TIME_END);
    let newest = TIME_END;
    try {
      const [change] = await ask({ port: this.#port, terms: NO_CONTEXT, heard: { wish: undefined } }, behind, 1);
      newest = change?.timestamp ?? behind;
    } catch {
      // A full lane or a ledger that ends: those who wait hear of it when they ask themselves.
    }
    const woken = this.#waiting.filter(({ since }) => since < newest);
    this.#waiting = this.#waiting.filter(({ since }) => since >= newest);
    for (const { wake } of woken) wake();
    this.#timer = undefined;
    this.#arm();
  }
}

const TIME_END = 2n ** 63n;

export interface FeedOptions {
  readonly newest: Newest;
  /** Something is sent that often, so that a connection that is dead is noticed. */
  readonly heartbeatMs: number;
}

export async function sendChanges(exchange: Exchange, options: FeedOptions): Promise<void> {
  const { query, request } = exchange;
  checkParameters(query, ['since', 'limit', 'follow']);
  const last = request.headers['last-event-id'];
  const since =
    typeof last === 'string' && last !== ''
      ? timestamp(last, 'Last-Event-ID')
      : timestamp(query.get('since') ?? '0', 'since');
  const limit = whole(query.get('limit') ?? String(PAGE), 'limit');
  if (limit === 0) throw invalid('limit must be at least 1');
  const accept = request.headers.accept ?? '*/*';
  if (accept.includes(EVENTS_TYPE)) return follow(exchange, options, since, EVENTS_TYPE, true);
  if (accept.includes(LINES_TYPE)) {
    return follow(exchange, options, since, LINES_TYPE, !query.has('follow') || flag(query, 'follow'));
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
  for (const { timestamp, json } of page)
    text += asEvents ? `id: ${timestamp}\nevent: change\ndata: ${json}\n\n` : `${json}\n`;
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
