/** A row of the table of paths, and what its answer is made with. */
import type { Payments } from '../payments/payments.ts';
import type { RequestShape } from '../payments/shapes.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { AnswerName } from './answers.ts';
import type { Answer, Asked } from './told.ts';

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
  act(payments: Payments, asked: Asked, part: string, beside: Beside): Promise<Answer>;
}

/** What stands beside payments; undefined: it is not turned on. */
export interface Beside {
  readonly webhooks?: Webhooks | undefined;
}
