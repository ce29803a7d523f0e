/** A row of the table of paths, and what its answer is made with. */
import { invalid, type ServiceAnswer, type ServiceRequest } from 'tallystick/internal/model';
import type { Payments } from '../payments/payments.ts';
import type { RequestShape } from '../payments/shapes.ts';
import type { Screening } from '../screening/screening.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { AnswerName } from './answers.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Behind `/v1/payments`; `{name}` stands for one part. */
  readonly path: string;
  readonly about: string;
  /** What the body must look like; undefined: there is none, or it is `{}`. */
  readonly body?: RequestShape;
  /** The body has all but this, which is in the path. */
  readonly without?: 'payment';
  /** It wants an `Idempotency-Key`. */
  readonly keyed?: true;
  /** It wants to know in which asset. */
  readonly inAsset?: true;
  /** What it answers with success, by status; a list of them where `list` says so. */
  readonly answers: { readonly [status: number]: readonly AnswerName[] };
  readonly list?: true;
  /** A GET that takes the right to write: what it tells is the server's, and not the ledger's. */
  readonly guarded?: true;
  /** Parameters of the query that it may have. */
  readonly may?: readonly string[];
  act(payments: Payments, asked: ServiceRequest, part: string, beside: Beside): Promise<ServiceAnswer>;
}

/** What stands beside payments; undefined: it is not turned on. */
export interface Beside {
  readonly webhooks?: Webhooks | undefined;
  readonly screening?: Screening | undefined;
}

/** Throws `invalid_argument` for a body that says anything. */
export function checkEmpty(body: unknown, rule = 'the body of this request is {}'): void {
  const isEmpty = typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0;
  if (!isEmpty) throw invalid(rule);
}
