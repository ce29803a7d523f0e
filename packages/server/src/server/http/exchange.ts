/** One request and its response. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DoorCounters } from 'tallystick/internal/base';
import { Cells, type Port, type Read, TallystickError } from 'tallystick/internal/model';
import {
  jsonSizeMax,
  type OperationByName,
  type PackedEvents,
  packEvents,
  readJson as readStrictly,
  repliesMax,
} from 'tallystick/internal/wire';
import type { Access, Expiry } from '../../identity/index.ts';
import { ageOf } from '../consistency.ts';
import { contextOf, type Heard, type Terms } from '../context.ts';
import { namedByKey } from '../idempotency.ts';
import { PIN_NAME, pinText, type Served } from '../served.ts';
import type { Share } from './answers.ts';
import type { Bodies } from './body.ts';
import { HttpError } from './problem.ts';

export const JSON_TYPE = 'application/json';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly served: Served;
  /** This answer's part of the room for all answers. */
  readonly share: Share;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly port: Port;
  readonly may: Access['may'];
  /** For services. */
  readonly service: Access['service'];
  /** When the caller's credential expires; undefined: never. */
  readonly expiry: Expiry | undefined;
  /** What all requests of the client have in common. */
  readonly terms: Terms;
  readonly door: DoorCounters;
  /** What the client's headers say of its request. */
  readonly heard: Pick<Heard, 'wish' | 'timeoutMs' | 'traceparent' | 'stale'>;
  /** What the client calls this request, to send it again. */
  readonly key: unknown;
  readonly bodies: Bodies;
  /** Aborted when the server drains, the client has gone, or its token has expired. */
  readonly ended: () => AbortSignal;
}

/**
 * The body, parsed; `root` names it in errors, `listMax` bounds a list inside it. A page of another site cannot send
 * this type without asking first, and is not answered.
 */
export async function readJson({ request, bodies }: Exchange, root = 'events', listMax?: number): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new HttpError(415, 'invalid_argument', `the body must be ${JSON_TYPE}`);
  }
  return readStrictly(await bodies.read(request), root, listMax);
}

/** Answers of more bytes are made a few at a time: pages, not the results of the largest batch that creates. */
const LARGE = 2 ** 21;

/** The asker of the ledger: a request, or the server itself, which answers nobody. */
export type Asking = Pick<Exchange, 'port' | 'terms' | 'heard'> & {
  readonly door?: DoorCounters;
  readonly key?: unknown;
  readonly share?: Share;
  /** It asks again and again, and stands behind those who ask once. */
  readonly patient?: boolean;
};

/** Checks and sends events, once there is room for the answer; `read` sees the reply where it lies. */
export function submit<Result>(
  exchange: Asking,
  operation: OperationByName,
  events: unknown,
  read: Read<Result>,
): Promise<Result> {
  const packed: PackedEvents = packEvents(operation, events);
  if (packed.count > exchange.port.eventsMax) return Promise.reject(new TallystickError('too_much_data'));
  if (packed.count === 0) return Promise.resolve(read(Cells.none, 0, 0));
  const { once } = namedByKey(exchange.key, operation.number, packed.bytes);
  const heard = { ...exchange.heard, operation: operation.number, events: packed.bytes, once };
  const send = (): Promise<Result> =>
    exchange.port.request({
      operation: operation.number,
      count: packed.count,
      write: (cells, at) => cells.bytes.set(packed.bytes, at),
      read,
      context: contextOf(exchange.terms, exchange.door, heard),
    });
  const answer = repliesMax(operation, packed) * jsonSizeMax(operation.reply);
  const waiting = exchange.share?.take(packed.bytes.length + answer, exchange.patient ?? answer > LARGE);
  return waiting === undefined ? send() : waiting.then(send);
}

/** The headers that tell the ledger's pin, and for a stale read how old its answer is; for whoever adds the others. */
export function told({ served, heard }: Exchange): { [name: string]: string | number } {
  const headers: { [name: string]: string | number } = { [PIN_NAME]: pinText(served) };
  return heard.stale === true ? Object.assign(headers, ageOf(served)) : headers;
}

export function sendJson(exchange: Exchange, text: string, link?: string): void {
  const { response, share } = exchange;
  const size = Buffer.byteLength(text);
  share.settle(size);
  const headers = told(exchange);
  headers['content-type'] = JSON_TYPE;
  headers['content-length'] = size;
  if (link !== undefined) headers.link = link;
  response.writeHead(200, headers);
  response.end(text);
}
