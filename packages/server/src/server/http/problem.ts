/**
 * Errors as RFC 9457 writes them: `application/problem+json` with the code, whether to try again, and what to do next.
 */
import { type ErrorCode, TallystickError } from 'tallystick/internal/model';

export interface Problem {
  readonly status: number;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  readonly code: string;
  /** Where to ask instead. */
  readonly location: string | undefined;
  readonly body: string;
}

/** The node of a cluster that leads, for a request that this one cannot answer. */
export interface Leader {
  /** Its HTTP door, such as `https://machine-1:8080`. */
  readonly http: string;
  /** Whether the client may be sent there by a status: pages of this origin must not ask another one. */
  readonly redirects: boolean;
}

const STATUS: { readonly [code in ErrorCode]?: number } = {
  invalid_argument: 400,
  frame_invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  ledger_changed: 412,
  ledger_behind: 412,
  too_much_data: 413,
  request_reused: 422,
  lane_full: 429,
  unsupported: 501,
  timed_out: 504,
  deadline_exceeded: 504,
};
const TITLES: { readonly [status: number]: string } = {
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
const RETRY_AFTER_MS = 1000;

/** An error that HTTP has a status of its own for. */
export class HttpError extends TallystickError {
  readonly status: number;

  constructor(status: number, code: ErrorCode, message: string) {
    super(code, message);
    this.status = status;
  }
}

/** `target`: the path and the query that were asked for. */
export function problemOf(error: unknown, leader?: Leader, target = ''): Problem {
  const known =
    error instanceof TallystickError
      ? error
      : new TallystickError('engine_failed', error instanceof Error ? error.message : String(error));
  const other = known.code === 'not_leader' ? leader : undefined;
  const status = other?.redirects === true ? 307 : statusOf(known);
  const { code, message, retriable, next } = known;
  const title = TITLES[status] ?? 'Error';
  const busy = status === 429 || status === 503;
  const retryAfterMs = busy ? (known.retryAfterMs ?? RETRY_AFTER_MS) : undefined;
  // HTTP counts in seconds; who wants to know better looks into the body.
  const retryAfter = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1000);
  const type = `urn:tallystick:error:${code}`;
  const said = { type, title, status, detail: message, code, retriable, next };
  return {
    status,
    retryAfter,
    code,
    location: status === 307 ? `${other?.http}${target}` : undefined,
    body: JSON.stringify({ ...said, leader: other?.http, retry_after_ms: retryAfterMs }),
  };
}

function statusOf(error: TallystickError): number {
  if (error instanceof HttpError) return error.status;
  return STATUS[error.code] ?? (error.retriable || error.code === 'closed' ? 503 : 500);
}
