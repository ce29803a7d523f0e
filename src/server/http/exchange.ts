/** One request and its response. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Cells, invalid, TallystickError } from '../../model/index.ts';
import { type OperationByName, type PackedEvents, packEvents } from '../../wire/index.ts';
import type { LanePort, RequestContext } from '../ingress.ts';
import type { BodyBudget } from './body.ts';
import { HttpError } from './problem.ts';

export const JSON_TYPE = 'application/json';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly port: LanePort;
  readonly context: RequestContext;
  readonly bodies: BodyBudget;
  /** Aborted when the server drains, or the client has gone. */
  readonly ended: () => AbortSignal;
}

/** The body, parsed. A page of another site cannot send this type without asking first, and is not answered. */
export async function readJson({ request, bodies }: Exchange): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new HttpError(415, 'invalid_argument', `the body must be ${JSON_TYPE}`);
  }
  const body = await bodies.read(request);
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw invalid(`the body is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

/** Checks and sends events; `read` sees the reply where it lies. */
export function submit<Result>(
  exchange: Pick<Exchange, 'port' | 'context'>,
  operation: OperationByName,
  events: unknown,
  read: (cells: Cells, at: number, size: number) => Result,
): Promise<Result> {
  const packed: PackedEvents = packEvents(operation, events);
  if (packed.count > exchange.port.eventsMax) return Promise.reject(new TallystickError('too_much_data'));
  if (packed.count === 0) return Promise.resolve(read(NOTHING, 0, 0));
  return exchange.port.request(operation.number, packed.count, (cells, at) => cells.bytes.set(packed.bytes, at), read, {
    ...exchange.context,
    events: packed.bytes,
  });
}

const none = new ArrayBuffer(0);
const NOTHING: Cells = { bytes: new Uint8Array(none), u32: new Uint32Array(none), view: new DataView(none) };

export function sendJson({ response }: Pick<Exchange, 'response'>, text: string, link?: string): void {
  const body = Buffer.from(text);
  response.writeHead(200, {
    'content-type': JSON_TYPE,
    'content-length': body.length,
    ...(link === undefined ? {} : { link }),
  });
  response.end(body);
}
