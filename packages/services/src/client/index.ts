/**
 * Payments of a server over HTTP, in the words of {@link Payments}. Nothing else is needed: these files import types
 * alone, and run wherever there is `fetch`.
 */

import type { LimitView } from '../controls/windows.ts';
import type { QuoteView } from '../fx/quotes.ts';
import type { AccountView } from '../payments/accounts.ts';
import type { ApprovalView } from '../payments/approvals.ts';
import type { BulkReceipt } from '../payments/bulk.ts';
import type { PaymentWords } from '../payments/payments.ts';
import type { Receipt, Would } from '../payments/receipts.ts';
import type {
  AccountRequest,
  BulkRequest,
  CaptureRequest,
  ExchangeRequest,
  HoldRequest,
  PayRequest,
  QuoteRequest,
  RefundRequest,
  ReleaseRequest,
  ReverseRequest,
  SplitRequest,
} from '../payments/shapes.ts';
import { Nodes } from './nodes.ts';

/** How a server is reached. */
export interface PaymentsClientOptions {
  /** A bearer token, or what finds one for each request. */
  readonly token?: string | (() => string | Promise<string>);
  /** How often a request is sent again whose outcome is unknown, always under its key; 5 by default. */
  readonly retries?: number;
  /** Milliseconds that one attempt may take; 10,000 by default. */
  readonly timeoutMs?: number;
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
}

/** The request was not done, or, where `isUnknown`, nobody knows: ask again under the same key. */
export class PaymentsError extends Error {
  override readonly name = 'PaymentsError';
  /** Stable: programs may compare with it. `connection_lost`: no answer came. */
  readonly code: string;
  /** The status of HTTP; undefined: no answer came. */
  readonly status: number | undefined;
  /** What to do. */
  readonly next: string | undefined;
  /** The payment may have been made. */
  readonly isUnknown: boolean;

  constructor(code: string, message: string, status: number | undefined, next: string | undefined, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.next = next;
    this.isUnknown = status === undefined || status >= 500 || status === 429;
  }
}

/** What a path answers: with `again`, which HTTP tells by its status. */
type Answered = Receipt | Would;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly key?: string;
  readonly body?: object;
}

interface Heard {
  readonly status: number;
  readonly body: { readonly [field: string]: unknown };
}

const REFUSED = 'urn:tallystick:payment:';
const PATH = '/v1/payments';
const PAUSE_MS = 100;

export class PaymentsClient {
  readonly #nodes: Nodes;
  readonly #options: PaymentsClientOptions;

  /** `url`: of the server's HTTP door, such as `https://ledger.example:8080`; of a cluster those of all nodes. */
  constructor(url: string | readonly string[], options: PaymentsClientOptions = {}) {
    this.#nodes = new Nodes(typeof url === 'string' ? [url] : url, options.fetch ?? fetch);
    this.#options = options;
  }

  openAccount(request: AccountRequest): Promise<AccountView> {
    return this.#read<AccountView>({ method: 'POST', path: '/accounts', body: request });
  }

  account(name: string, asset: string): Promise<AccountView> {
    return this.#get(`/accounts/${encodeURIComponent(name)}?asset=${encodeURIComponent(asset)}`);
  }

  limits(name: string, asset: string): Promise<LimitView[]> {
    return this.#get(`/accounts/${encodeURIComponent(name)}/limits?asset=${encodeURIComponent(asset)}`);
  }

  pay(key: string, request: PayRequest): Promise<Answered> {
    return this.#ask('', key, request);
  }

  hold(key: string, request: HoldRequest): Promise<Answered> {
    return this.#ask('/holds', key, request);
  }

  split(key: string, request: SplitRequest): Promise<Answered> {
    return this.#ask('/splits', key, request);
  }

  /** What an exchange would be, for as long as it says. */
  quote(key: string, request: QuoteRequest): Promise<QuoteView> {
    return this.#read({ method: 'POST', path: '/quotes', key, body: request });
  }

  exchange(key: string, request: ExchangeRequest): Promise<Answered> {
    return this.#ask('/exchanges', key, request);
  }

  capture(key: string, request: CaptureRequest): Promise<Answered> {
    return this.#about('captures', key, request);
  }

  release(key: string, request: ReleaseRequest): Promise<Answered> {
    return this.#about('release', key, request);
  }

  refund(key: string, request: RefundRequest): Promise<Answered> {
    return this.#about('refunds', key, request);
  }

  reverse(key: string, request: ReverseRequest): Promise<Answered> {
    return this.#about('reversal', key, request);
  }

  /** Sent again as it is, it tells each payment what became of it. */
  async bulk(request: BulkRequest): Promise<BulkReceipt[]> {
    const receipts = await this.#read<readonly Heard['body'][]>({ method: 'POST', path: '/bulk', body: request });
    return receipts.map((one) => {
      if (one.outcome === 'skipped') return one as unknown as BulkReceipt;
      const { key, status, ...body } = one;
      return { key, ...receiptOf({ status: Number(status), body }) } as BulkReceipt;
    });
  }

  approve(payment: string): Promise<ApprovalView> {
    return this.#read({ method: 'POST', path: `/${encodeURIComponent(payment)}/approval`, body: {} });
  }

  reject(payment: string): Promise<ApprovalView> {
    return this.#read({ method: 'POST', path: `/${encodeURIComponent(payment)}/rejection`, body: {} });
  }

  waiting(asset: string): Promise<ApprovalView[]> {
    return this.#get(`/waiting?asset=${encodeURIComponent(asset)}`);
  }

  payment(id: string): Promise<PaymentWords> {
    return this.#get(`/${encodeURIComponent(id)}`);
  }

  #about(part: string, key: string, { payment, ...body }: { readonly payment: string }): Promise<Answered> {
    return this.#ask(`/${encodeURIComponent(payment)}/${part}`, key, body);
  }

  async #ask(path: string, key: string, body: object): Promise<Answered> {
    return receiptOf(await this.#heard({ method: 'POST', path, key, body }));
  }

  #get<T>(path: string): Promise<T> {
    return this.#read<T>({ method: 'GET', path });
  }

  async #read<T>(call: Call): Promise<T> {
    const { status, body } = await this.#heard(call);
    if (status >= 300) throw failureOf({ status, body });
    return body as T;
  }

  /** Asks until the outcome is known: all requests may be sent again, because of their keys and ids. */
  async #heard(call: Call): Promise<Heard> {
    for (let attempt = 0; ; attempt++) {
      try {
        const heard = await this.#once(call);
        if (heard.status !== 307 && heard.status < 500 && heard.status !== 429) return heard;
        throw failureOf(heard);
      } catch (error) {
        if (isElsewhere(error)) this.#nodes.turn();
        if (!(error instanceof PaymentsError) || attempt >= (this.#options.retries ?? 5)) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** attempt * (0.5 + Math.random())));
      }
    }
  }

  async #once({ method, path, key, body }: Call): Promise<Heard> {
    const { token, timeoutMs = 10_000 } = this.#options;
    const bearer = typeof token === 'function' ? await token() : token;
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`;
    if (key !== undefined) headers['idempotency-key'] = key;
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await this.#nodes.ask(PATH + path, { method, headers, signal, ...text });
      return { status: response.status, body: (await response.json()) as Heard['body'] };
    } catch (cause) {
      const next = 'Ask again under the same key.';
      throw new PaymentsError('connection_lost', `no answer came: ${(cause as Error).message}`, undefined, next, cause);
    }
  }
}

/** Another node may answer. */
function isElsewhere(error: unknown): boolean {
  return error instanceof PaymentsError && error.isUnknown && error.status !== 429;
}

/** A refusal is an outcome, as in process; everything else that is no answer is thrown. */
function receiptOf(heard: Heard): Answered {
  const { status, body } = heard;
  if (status === 200 || status === 201) {
    return (body.outcome === 'done' ? { ...body, again: status === 200 } : body) as unknown as Answered;
  }
  if (status === 202) return { ...body, again: false } as unknown as Answered;
  if (String(body.type).startsWith(REFUSED)) {
    const { id, payment, code, detail: about, next, retry } = body;
    return { outcome: 'refused', id, payment, code, about, next, retry } as Answered;
  }
  throw failureOf(heard);
}

function failureOf({ status, body }: Heard): PaymentsError {
  const { code = 'unknown', detail = `the server answered ${status}`, next } = body as Partial<Record<string, string>>;
  return new PaymentsError(code, detail, status, next);
}
