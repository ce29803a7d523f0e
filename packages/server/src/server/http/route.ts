/** What a row of the table of routes says. */
import type { OperationByName } from 'tallystick/internal/wire';
import type { Newest } from '../newest.ts';
import type { Exchange } from './exchange.ts';
import type { Example } from './openapi/examples.ts';
import type { Json } from './openapi/schemas.ts';

/** A parameter of a query or a header, as OpenAPI describes it. */
export interface Parameter {
  readonly name: string;
  readonly description: string;
  readonly schema: Json;
}

/** What feeds of changes take. */
export interface FeedOptions {
  readonly newest: Newest;
  /** Something is sent that often, so that a connection that is dead is noticed. */
  readonly heartbeatMs: number;
}

/** What a route is told besides the request. */
export interface Call {
  readonly route: Route;
  /** What stands for `{id}`; empty where there is none. */
  readonly id: string;
  readonly feed: FeedOptions;
  /** The description of all routes, as JSON. */
  readonly document: string;
}

/** What people and programs are told of a route. */
export interface Told {
  /** Its name in clients that programs make of the document. */
  readonly operationId: string;
  readonly tag: 'accounts' | 'transfers' | 'changes' | 'operations' | 'server';
  readonly summary: string;
  readonly description: string;
  /** Headers that it reads besides those of every request. */
  readonly headers?: readonly Parameter[];
  /** Schema of the body that it reads. */
  readonly body?: Json;
  /** Schemas of the answer, by content type. */
  readonly content: Json;
  readonly example?: Example;
}

export interface Route {
  /** HEAD is answered where GET is. */
  readonly method: 'GET' | 'POST';
  /** `{id}` stands for one part. */
  readonly path: string;
  /** Operations that it asks the ledger for, and no others: a caller needs the scope of each. */
  readonly asks: readonly OperationByName[];
  /** Parameters of its query, and no others; undefined: it does not look at them. */
  readonly query: readonly Parameter[] | undefined;
  readonly told: Told;
  answer(exchange: Exchange, call: Call): Promise<void> | void;
}
