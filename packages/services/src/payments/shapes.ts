/**
 * What may be asked for. Requests come from strangers: unknown fields are refused, so that no typo becomes a default.
 */
import { kinds } from '../base/codes.ts';
import { checkObject, type Field, type Shape } from '../base/shape.ts';
import { type RailShape, railShapes } from '../rails/shapes.ts';
import { type ScreeningShape, screeningShapes } from '../screening/shapes.ts';
import { type WebhookShape, webhookShapes } from '../webhooks/shapes.ts';

interface Words {
  /** What it is for; kept as a record, if there are records. */
  readonly description?: string;
  /** Tells what would happen, and does nothing. */
  readonly dry_run?: boolean;
}

interface Parties {
  /** Names of the people and companies behind it, which are screened; left out: those of the accounts. */
  readonly parties?: readonly string[];
}

export interface PayRequest extends Words, Parties {
  /** The name of the account that pays. */
  readonly from: string;
  readonly to: string;
  /** Such as `EUR`. */
  readonly asset: string;
  /** Text such as `12.50`. */
  readonly amount: string;
  /** Paid by `from` besides the amount, to the operator. */
  readonly fee?: string;
}

export interface HoldRequest extends Words, Parties {
  readonly from: string;
  readonly to: string;
  readonly asset: string;
  readonly amount: string;
  /** Seconds until the money is free again; left out: until it is captured or released. */
  readonly expires_in?: number;
}

/** Who is paid by a rail: an account at another bank, or, on the rail `internal`, one of ours. */
export interface PayoutTarget {
  readonly name: string;
  /** Of SEPA and most of the world. */
  readonly iban?: string;
  readonly bic?: string;
  /** Of the United States: nine digits of the bank, and the number of the account there. */
  readonly routing?: string;
  readonly account?: string;
  /** Left out: `checking`. */
  readonly account_kind?: 'checking' | 'savings';
}

export interface PayoutRequest extends Words, Parties {
  /** The name of the account that pays. */
  readonly from: string;
  readonly asset: string;
  readonly amount: string;
  /** Which rail takes it, by its name in the configuration. */
  readonly rail: string;
  readonly to: PayoutTarget;
  /** What whoever is paid reads on the statement, 140 characters at most. */
  readonly reference?: string;
}

export interface CaptureRequest extends Words {
  /** The id of the hold. */
  readonly payment: string;
  /** Left out: all that is held. */
  readonly amount?: string;
  /** More captures follow: the rest stays held. Otherwise it is free again. */
  readonly more?: boolean;
  /** What the amount has above the hold is paid from the account. */
  readonly allow_over?: boolean;
}

export interface ReleaseRequest extends Words {
  readonly payment: string;
}

export interface RefundRequest extends Words {
  readonly payment: string;
  /** Left out: all that has not been given back yet. */
  readonly amount?: string;
}

export interface ReverseRequest extends Words {
  readonly payment: string;
}

/** Somebody who pays a part: at most `max`, or, the last one, all that remains. */
export interface SplitSource {
  readonly account: string;
  readonly max?: string;
}

/** Somebody who gets a part: an amount, a portion such as `1/3`, or, without both, all that remains. */
export interface SplitTarget {
  readonly account: string;
  readonly amount?: string;
  readonly portion?: string;
}

export interface SplitRequest extends Words, Parties {
  readonly asset: string;
  readonly amount: string;
  readonly from: readonly SplitSource[];
  readonly to: readonly SplitTarget[];
}

export interface QuoteRequest {
  /** What is paid with, such as `EUR`. */
  readonly sell: string;
  readonly buy: string;
  /** Of what is sold: text such as `12.50`. */
  readonly amount: string;
}

export interface ExchangeRequest extends Words {
  /** The id of the quote. */
  readonly quote: string;
  /** The account that pays, in what is sold. */
  readonly from: string;
  /** The account that is paid, in what is bought; it may have the same name. */
  readonly to: string;
}

/** Many payments, each under its own key. */
export interface BulkRequest {
  /** Each for itself; up to the first that is refused; or all of them or none. */
  readonly mode: 'independent' | 'stop' | 'all';
  readonly payments: readonly (PayRequest & { readonly key: string })[];
}

export interface AccountRequest {
  /** 1 to 128 visible characters. */
  readonly name: string;
  readonly asset: string;
  readonly kind: 'customer' | 'merchant' | 'bank';
}

/** Every verb that moves money, and what it wants. */
export interface Requests {
  readonly pay: PayRequest;
  readonly hold: HoldRequest;
  readonly capture: CaptureRequest;
  readonly release: ReleaseRequest;
  readonly refund: RefundRequest;
  readonly reverse: ReverseRequest;
  readonly split: SplitRequest;
  readonly exchange: ExchangeRequest;
  readonly payout: PayoutRequest;
}
export type Verb = keyof Requests;

const from: Field = { check: 'name', about: 'The account that pays.' };
const to: Field = { check: 'name', about: 'The account that is paid.' };
const account: Field = { check: 'name', about: 'The name of an account.' };
const asset: Field = { check: 'text', about: 'A code of ISO 4217 such as EUR, or BTC, ETH, USDC, USDT.' };
const amount: Field = { check: 'text', about: 'Text such as 12.50, which no parser rounds.' };
const payment: Field = { check: 'text', about: 'The id of the payment.' };
const maybe = (about: string): Field => ({ check: 'text', optional: true, about });
const yes = (about: string): Field => ({ check: 'yes', optional: true, about });
const words: Shape = {
  description: maybe('What it is for; kept beside the money.'),
  dry_run: yes('Tells what would happen, and does nothing.'),
};

const parties: Field = {
  check: 'texts',
  optional: true,
  about: 'Names of the people and companies behind it, 16 at most, which are screened.',
};
const pay: Shape = { parties, from, to, asset, amount, fee: maybe('Paid by `from` besides the amount.'), ...words };

const target: Shape = {
  name: { check: 'text', about: 'The name of the person or company, 70 characters at most.' },
  iban: maybe('The account, on rails of ISO 20022.'),
  bic: maybe('The bank, where the IBAN does not say it.'),
  routing: maybe('The bank, on rails of NACHA: nine digits.'),
  account: maybe('The account there; on the rail `internal` the name of one of ours.'),
  account_kind: { check: ['checking', 'savings'], optional: true, about: 'On rails of NACHA; `checking` if left out.' },
};

/** Whatever is asked for with words. */
export type RequestShape = Verb | 'account' | 'bulk' | 'quote' | WebhookShape | ScreeningShape | RailShape;

export const shapes: { readonly [shape in RequestShape]: Shape } = {
  pay,
  bulk: {
    mode: {
      check: ['independent', 'stop', 'all'],
      about: 'Each for itself; up to the first that is refused; or all of them or none.',
    },
    payments: {
      check: [{ key: { check: 'text', about: 'The Idempotency-Key of this payment.' }, ...pay }],
      parts: 1000,
      about: 'Each under its own key.',
    },
  },
  hold: {
    from,
    to,
    asset,
    amount,
    expires_in: { check: 'seconds', optional: true, about: 'Seconds until the money is free again by itself.' },
    parties,
    ...words,
  },
  capture: {
    payment,
    amount: maybe('Left out: all that is held.'),
    more: yes('More captures follow: the rest stays held.'),
    allow_over: yes('What the amount has above the hold is paid from the account.'),
    ...words,
  },
  release: { payment, ...words },
  refund: { payment, amount: maybe('Left out: all that has not been given back yet.'), ...words },
  reverse: { payment, ...words },
  split: {
    asset,
    amount,
    from: { check: [{ account, max: maybe('At most so much; the last pays what remains.') }] },
    to: {
      check: [{ account, amount: maybe('So much.'), portion: maybe('A fraction of the whole, such as 1/3.') }],
    },
    parties,
    ...words,
  },
  quote: {
    sell: { ...asset, about: 'What is paid with, such as EUR.' },
    buy: { ...asset, about: 'What is bought.' },
    amount: { ...amount, about: 'Of what is sold: text such as 12.50.' },
  },
  exchange: { quote: { check: 'text', about: 'The id of the quote.' }, from, to, ...words },
  payout: {
    from,
    asset,
    amount,
    rail: { check: 'text', about: 'Which rail takes it, by its name in the configuration.' },
    to: { check: target, about: 'Who is paid.' },
    reference: maybe('What whoever is paid reads on the statement, 140 characters at most.'),
    parties,
    ...words,
  },
  account: {
    name: account,
    asset,
    kind: { check: Object.keys(kinds), about: 'Whose it is; a bank account is your own.' },
  },
  ...webhookShapes,
  ...screeningShapes,
  ...railShapes,
};

/** Throws `invalid_argument` with the field for anything that is not such a request. */
export function checkShape(verb: RequestShape, request: unknown): void {
  checkObject(shapes[verb], request, '');
}
