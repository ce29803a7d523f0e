/**
 * Services that stand on the ledger and have paths of their own at this door. They are handed what the door has
 * checked: the caller's own port, within its realm, and a body that was read strictly.
 */
import type { HttpService as ForCallers } from 'tallystick/internal/model';
import { askerOf, type FullCaller } from '../asker.ts';
import { contextOf } from '../context.ts';
import { type Exchange, JSON_TYPE, readJson, told } from './exchange.ts';

/** A service that may look at all that is known of a caller. */
export type HttpService = ForCallers<FullCaller>;

/** Bytes that an answer is charged for until it is known. */
const ANSWER_SIZE = 16_384;
/** Values of a list in the body of a request: a payroll has a thousand. */
const LIST_MAX = 1000;
const NO_EVENTS = new Uint8Array(0);

export async function askService(exchange: Exchange, service: HttpService): Promise<void> {
  const { request, response, share, path, query, key, terms, door, heard } = exchange;
  const method = request.method ?? '';
  const body = method === 'POST' ? await readJson(exchange, '', LIST_MAX) : undefined;
  await share.take(ANSWER_SIZE, false);
  // The events of a service are its own, so no rule for lanes looks at them.
  const asker = askerOf(exchange, (operation, context) => {
    const caller = contextOf(terms, door, { ...heard, operation, events: NO_EVENTS });
    caller.timeoutMs = context.timeoutMs ?? caller.timeoutMs;
    caller.consistency = context.consistency ?? caller.consistency;
    return caller;
  });
  const { ledger, tenant, mayRead, mayWrite, mayAdmin, caller } = asker;
  const answer = await service.answer({
    ledger,
    tenant,
    mayRead,
    mayWrite,
    mayAdmin,
    caller,
    method,
    path,
    query,
    key,
    body,
  });
  // As text: Node writes it together with the head.
  const text = JSON.stringify(answer.body);
  const size = Buffer.byteLength(text);
  share.settle(size);
  const headers = told(exchange);
  headers['content-type'] = answer.type ?? JSON_TYPE;
  headers['content-length'] = size;
  response.writeHead(answer.status, answer.headers === undefined ? headers : Object.assign(headers, answer.headers));
  response.end(text);
}
