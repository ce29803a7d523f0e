/** What a door hands over, and what it is told. */
import type { Ledger } from 'tallystick/internal/model';
import { refusals } from '../base/outcomes.ts';
import type { Receipt, Would } from '../payments/receipts.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** What a door hands over: as `@tallystick/server` has it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** `Idempotency-Key`, as it came. */
  readonly key: unknown;
  /** Parsed JSON of a POST. */
  readonly body: unknown;
  readonly ledger: Ledger;
  /** Whether the caller may create in every ledger. */
  readonly mayWrite: boolean;
  /** Who asks, by a name that was proved; undefined: the door asks for none. */
  readonly caller: { readonly subject: string } | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly type?: string;
  readonly headers?: { readonly [name: string]: string };
}

/**
 * 201: done now. 200: done before, or a dry run. 202: it waits for people. A refusal is a problem, with the same code
 * as in process.
 */
export function told(receipt: Receipt | Would): Answer {
  if (receipt.outcome === 'would') return { status: 200, body: receipt };
  if (receipt.outcome === 'review') {
    const { again: _, ...body } = receipt;
    return { status: 202, body };
  }
  if (receipt.outcome === 'done') {
    const { again, ...body } = receipt;
    return { status: again ? 200 : 201, body };
  }
  const { code, about, next, retry, id, payment } = receipt;
  const status = refusals[code].http;
  const title = code.replaceAll('_', ' ');
  const body = { type: `urn:tallystick:payment:${code}`, title, status, detail: about, code, next, retry, id, payment };
  return { status, type: PROBLEM_TYPE, body };
}
