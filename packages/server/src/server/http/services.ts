/**
 * Services that stand on the ledger and have paths of their own at this door. They are handed what the door has
 * checked: the caller's own port, with its role and its ledgers, and a body that was read strictly.
 */
import {
  before,
  type Context,
  inContext,
  type Ledger,
  ObjectLedger,
  Operation,
  type Request,
} from 'tallystick/internal/model';
import { type Access, operationScopes, type Scope } from '../../identity/index.ts';
import { contextOf } from '../context.ts';
import { type Exchange, JSON_TYPE, readJson, told } from './exchange.ts';

/** What a caller asks of a service. */
export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** `Idempotency-Key`, as it came. */
  readonly key: unknown;
  /** Parsed JSON of a POST; undefined: there is none. */
  readonly body: unknown;
  /** What the caller may do with the ledger. */
  readonly ledger: Ledger;
  /**
   * Whether the caller may create in every ledger. What a service writes down for later it does with rights of its own,
   * so it must know first.
   */
  readonly mayWrite: boolean;
  /** Who asks; undefined at a door that asks for nothing. */
  readonly caller: Access['may'];
}

export interface ServiceAnswer {
  readonly status: number;
  readonly body: object;
  readonly type?: string;
  readonly headers?: { readonly [name: string]: string };
}

export interface HttpService {
  /** Whether a path is one of its own. */
  owns(path: string): boolean;
  /** Rejects as the ledger does; the door makes a problem of it. */
  answer(request: ServiceRequest): Promise<ServiceAnswer>;
}

/** Bytes that an answer is charged for until it is known. */
const ANSWER_SIZE = 16_384;
/** Values of a list in the body of a request: a payroll has a thousand. */
const LIST_MAX = 1000;
const NO_EVENTS = new Uint8Array(0);

/** What a service needs to create whatever it must. */
const CREATING = [operationScopes[Operation.create_accounts], operationScopes[Operation.create_transfers]] as Scope[];

/** The events of a service are its own, so no rule for lanes looks at them. */
function asCaller({ terms, door, heard }: Exchange, { operation, context }: Request): Context {
  const caller = contextOf(terms, door, { ...heard, operation, events: NO_EVENTS });
  caller.timeoutMs = context.timeoutMs ?? caller.timeoutMs;
  caller.consistency = context.consistency ?? caller.consistency;
  return caller;
}

export async function askService(exchange: Exchange, service: HttpService): Promise<void> {
  const { request, response, share, path, query, key, port, may } = exchange;
  const method = request.method ?? '';
  const body = method === 'POST' ? await readJson(exchange, '', LIST_MAX) : undefined;
  await share.take(ANSWER_SIZE, false);
  const asking = before((next, asked) => next.request(inContext(asked, asCaller(exchange, asked))));
  const ledger = new ObjectLedger(asking(port));
  const isBound = may?.ledgers !== undefined || may?.accounts !== undefined;
  const mayWrite = may === undefined || (!isBound && CREATING.every((scope) => may.scopes.has(scope)));
  const answer = await service.answer({ method, path, query, key, body, ledger, mayWrite, caller: may });
  const bytes = Buffer.from(JSON.stringify(answer.body));
  share.settle(bytes.length);
  response.writeHead(answer.status, {
    'content-type': answer.type ?? JSON_TYPE,
    'content-length': bytes.length,
    ...told(exchange),
    ...answer.headers,
  });
  response.end(bytes);
}
