/** What doors tell of a receipt: its status, and over HTTP its body. */
import type { ServiceAnswer } from 'tallystick/internal/model';
import { type RefusalCode, refusals } from '../base/outcomes.ts';
import type { Receipt, Would } from '../payments/receipts.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** 201: done now. 200: done before, or a dry run. 202: it waits for people. A refusal has the status of its code. */
export function statusOf(receipt: Receipt | Would): number {
  if (receipt.outcome === 'would') return 200;
  if (receipt.outcome === 'review') return 202;
  if (receipt.outcome === 'done') return receipt.again ? 200 : 201;
  return refusals[receipt.code].http;
}

/** A refusal is a problem, with the same code as in process. */
export function told(receipt: Receipt | Would): ServiceAnswer {
  const status = statusOf(receipt);
  if (receipt.outcome === 'would') return { status, body: receipt };
  if (receipt.outcome !== 'refused') {
    const { again: _, ...body } = receipt;
    return { status, body };
  }
  const { code, id, payment } = receipt;
  return problemOf(code, { id, payment });
}

/** A refusal of the catalogue. `more`: members besides those that every one has. */
export function problemOf(code: RefusalCode, more: object = {}): ServiceAnswer {
  const { http: status, about, next, retry } = refusals[code];
  const title = code.replaceAll('_', ' ');
  const type = `urn:tallystick:payment:${code}`;
  return { status, type: PROBLEM_TYPE, body: { type, title, status, detail: about, code, next, retry, ...more } };
}
