/** The paths of payments. Whoever calls is known to the door already: it hands over the caller's own ledger. */
import { invalid, invalidField, type Ledger, named, TallystickError } from 'tallystick/internal/model';
import { refusals } from '../base/outcomes.ts';
import type { BulkReceipt } from '../payments/bulk.ts';
import type { Payments } from '../payments/payments.ts';
import type { Receipt, Would } from '../payments/receipts.ts';
import type { AccountRequest, BulkRequest, Requests, Verb } from '../payments/shapes.ts';

const ROOT = '/v1/payments';
const PROBLEM_TYPE = 'application/problem+json';

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
  /** The caller's name, as it was proved; undefined: the door asks for none. */
  readonly who: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly type?: string;
  readonly headers?: { readonly [name: string]: string };
}

/** Verbs behind `/v1/payments`, and behind the id of a payment. */
const VERBS: { readonly [part: string]: Verb } = { '': 'pay', holds: 'hold', splits: 'split' };
const VERBS_ABOUT: { readonly [part: string]: Verb } = {
  captures: 'capture',
  release: 'release',
  refunds: 'refund',
  reversal: 'reverse',
};

/** Payments at an HTTP door. */
export class PaymentRoutes {
  readonly #payments: Payments;

  constructor(payments: Payments) {
    this.#payments = payments;
  }

  owns(path: string): boolean {
    return path === ROOT || path.startsWith(`${ROOT}/`);
  }

  async answer(asked: Asked): Promise<Answer> {
    const parts = asked.path
      .slice(ROOT.length + 1)
      .split('/')
      .map(decoded);
    const [first = '', second, third, ...others] = parts;
    const payments = this.#payments.through(asked.ledger, asked.who);
    if (others.length > 0) throw nothingAt(asked.path);
    if (first === 'accounts') return this.#accounts(payments, asked, second, third);
    if (third !== undefined) throw nothingAt(asked.path);
    if (first === 'bulk' && second === undefined) {
      return post(asked, async () => ({
        status: 200,
        body: (await payments.bulk(asked.body as BulkRequest)).map(one),
      }));
    }
    if (first === 'waiting' && second === undefined) {
      return get(asked, ['asset'], async () => ({ status: 200, body: await payments.waiting(assetOf(asked)) }));
    }
    if (second === 'approval') return post(asked, () => decided(asked, () => payments.approve(first)));
    if (second === 'rejection') return post(asked, () => decided(asked, () => payments.reject(first)));
    if (second !== undefined) {
      if (!Object.hasOwn(VERBS_ABOUT, second)) throw nothingAt(asked.path);
      return post(asked, () => this.#about(payments, asked, VERBS_ABOUT[second]!, first));
    }
    if (Object.hasOwn(VERBS, first)) return post(asked, () => ask(payments, asked, VERBS[first]!, asked.body));
    return get(asked, [], async () => ({ status: 200, body: await payments.payment(first) }));
  }

  #about(payments: Payments, asked: Asked, verb: Verb, payment: string): Promise<Answer> {
    const { body } = asked;
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw invalid('the request must be an object');
    if ('payment' in body) throw invalidField('payment', 'is in the path already');
    return ask(payments, asked, verb, { ...body, payment });
  }

  #accounts(
    payments: Payments,
    asked: Asked,
    name: string | undefined,
    part: string | undefined,
  ): Promise<Answer> | Answer {
    if (part !== undefined && part !== 'limits') throw nothingAt(asked.path);
    if (name === undefined) {
      return post(asked, async () => ({ status: 200, body: await payments.openAccount(asked.body as AccountRequest) }));
    }
    return get(asked, ['asset'], async () => {
      const asset = assetOf(asked);
      const body = part === undefined ? await payments.account(name, asset) : await payments.limits(name, asset);
      return { status: 200, body };
    });
  }
}

function assetOf({ query }: Asked): string {
  const asset = query.get('asset');
  if (asset === null) throw invalidField('asset', 'is missing: in which asset?');
  return asset;
}

/** One of many: as it would have been answered alone, with the status of HTTP that it would have had. */
function one(receipt: BulkReceipt): object {
  const { key, ...alone } = receipt;
  if (alone.outcome === 'skipped') return { key, ...alone };
  const { status, body } = told(alone);
  return { key, status, ...body };
}

/** A decision takes no words but the caller's name. */
async function decided({ body }: Asked, decide: () => Promise<object>): Promise<Answer> {
  const isEmpty = typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0;
  if (!isEmpty) throw invalid('the body of a decision is {}');
  return { status: 200, body: await decide() };
}

async function ask(payments: Payments, { key }: Asked, verb: Verb, body: unknown): Promise<Answer> {
  const isDry = (body as { readonly dry_run?: unknown } | null)?.dry_run === true;
  if (key === undefined && !isDry) throw invalid('Idempotency-Key is missing: choose one for each wish, and keep it');
  return told(await payments.ask(verb, isDry ? 'dry-run' : (key as string), body as Requests[Verb]));
}

/**
 * 201: done now. 200: done before, or a dry run. 202: it waits for people. A refusal is a problem, with the same code
 * as in process.
 */
function told(receipt: Receipt | Would): Answer {
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

function post(asked: Asked, act: () => Promise<Answer>): Promise<Answer> | Answer {
  if (asked.method !== 'POST') return notAllowed(asked, 'POST');
  checkParameters(asked, []);
  // Before any word is written down: what was begun is finished after a crash, with the rights of the server.
  if (!asked.mayWrite) throw new TallystickError('forbidden', 'payments take the role write, and every ledger');
  return act();
}

function get(asked: Asked, parameters: readonly string[], act: () => Promise<Answer>): Promise<Answer> | Answer {
  if (asked.method !== 'GET') return notAllowed(asked, 'GET');
  checkParameters(asked, parameters);
  return act();
}

/** One that is there twice could mean either. */
function checkParameters({ query }: Asked, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (!known.includes(name)) throw invalidField(named(name), 'is no parameter here');
    if (query.getAll(name).length > 1) throw invalidField(name, 'is there twice');
  }
}

function notAllowed({ method }: Asked, allowed: string): Answer {
  const detail = `${named(method)} is not allowed here; use ${allowed}`;
  const body = { type: 'urn:tallystick:error:invalid_argument', title: 'Method Not Allowed', status: 405, detail };
  return { status: 405, type: PROBLEM_TYPE, headers: { allow: allowed }, body };
}

function nothingAt(path: string): TallystickError {
  return new TallystickError('not_found', `there is nothing at ${named(path, 200)}`);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid('the path is not encoded as one');
  }
}
