/**
 * What money there is. A fiat currency has the number and the digits that ISO 4217 gives it, from the list that the
 * package `currency-codes` carries; other assets are registered, with up to 18 digits behind the point.
 *
 *   ledger (u32) = tenant (20 bits) << 12 | book (12 bits)
 *   book         1 to 999: fiat, by its ISO number; 1000 to 2047: other assets; from 4001 on: control, never money
 */
import { data } from 'currency-codes';
import { formatMoney, parseMoney } from 'tallystick/internal/helpers';
import { invalid, invalidField, named } from 'tallystick/internal/model';

const BOOK_BITS = 12;
const TENANT_MAX = 2 ** 20 - 1;
const FIAT_MAX = 999;
const OTHER_MAX = 2047;
const SCALE_MAX = 18;
/** The balances of an account add up amounts: one amount leaves room for many. */
const AMOUNT_MAX = 2n ** 120n;

/** A kind of money. */
export interface Asset {
  /** Such as `EUR`. */
  readonly code: string;
  /** Its book: the ISO number of a currency, or 1000 to 2047. */
  readonly book: number;
  /** Digits behind the point: 2 for EUR, 0 for JPY, 18 for ETH. */
  readonly scale: number;
}

/** Books that count units: nothing in them is money. */
export const ControlBook = {
  /** What is left of an allowance. */
  limits: 4001,
  /** Who has approved of what. */
  votes: 4002,
  /** What tenants have used. */
  meters: 4003,
  /** Tenants that are suspended, and periods that are over. */
  locks: 4004,
  /** Rates that hold for a while. */
  quotes: 4008,
  /** Requests that were refused, and why. */
  refusals: 4007,
  /** Files for banks, and which payouts are in them. */
  rails: 4009,
} as const;
export type ControlBook = (typeof ControlBook)[keyof typeof ControlBook];

/** Assets that ISO does not number. A program adds its own; these numbers never change. */
const OTHERS: readonly Asset[] = [
  { code: 'BTC', book: 1000, scale: 8 },
  { code: 'ETH', book: 1001, scale: 18 },
  { code: 'USDC', book: 1002, scale: 6 },
  { code: 'USDT', book: 1003, scale: 6 },
];

/** Which assets there are, by code. */
export class Assets {
  readonly #byCode = new Map<string, Asset>();
  readonly #byBook = new Map<number, Asset>();

  /** `more`: assets besides ISO 4217 and the usual crypto. Throws `invalid_argument` for one that cannot be. */
  constructor(more: readonly Asset[] = []) {
    for (const { code, number, digits } of data) {
      if (number !== undefined) this.#add({ code, book: Number(number), scale: digits }, FIAT_MAX);
    }
    for (const asset of [...OTHERS, ...more]) this.#add(asset, OTHER_MAX);
  }

  #add(asset: Asset, max: number): void {
    const { code, book, scale } = asset;
    if (!/^[A-Z][A-Z0-9]{2,11}$/.test(code)) throw invalid(`${named(code)} is no code of an asset such as EUR`);
    if (!Number.isInteger(book) || book < 1 || book > max) throw invalid(`${code}: a book is a number up to ${max}`);
    if (!Number.isInteger(scale) || scale < 0 || scale > SCALE_MAX) {
      throw invalid(`${code}: a scale is a number of digits from 0 to ${SCALE_MAX}`);
    }
    if (this.#byCode.has(code) || this.#byBook.has(book)) throw invalid(`${code} or its book ${book} is there twice`);
    this.#byCode.set(code, asset);
    this.#byBook.set(book, asset);
  }

  /** Throws `invalid_argument` for a code that is not registered. */
  byCode(code: unknown): Asset {
    const asset = typeof code === 'string' ? this.#byCode.get(code) : undefined;
    if (asset !== undefined) return asset;
    throw invalid(`there is no asset ${named(String(code))}: give a code of ISO 4217 such as EUR, or register it`);
  }

  /** The asset that a ledger counts; undefined for a control book. */
  byLedger(ledger: number): Asset | undefined {
    return this.#byBook.get(ledger & (2 ** BOOK_BITS - 1));
  }
}

/** The `ledger` of a book of a tenant: the machine keeps two tenants apart. */
export function ledgerOf(tenant: number, book: number): number {
  return tenant * 2 ** BOOK_BITS + book;
}

/** Whose a ledger is. */
export function tenantOf(ledger: number): number {
  return ledger >>> BOOK_BITS;
}

/** Throws `invalid_argument` unless it is a number of 20 bits. */
export function checkTenant(tenant: number): number {
  if (Number.isInteger(tenant) && tenant >= 0 && tenant <= TENANT_MAX) return tenant;
  throw invalid(`a tenant is a number from 0 to ${TENANT_MAX}`);
}

/**
 * The units of a text such as `12.50`, which must be above zero. Throws `invalid_argument` with the field for anything
 * else, numbers among them: they may have lost a cent already.
 */
export function unitsOf(text: unknown, { code, scale }: Asset, field: string): bigint {
  if (typeof text !== 'string') {
    throw invalidField(field, 'must be text such as "12.50": a number may have lost a cent');
  }
  let units: bigint;
  try {
    units = parseMoney(text, scale);
  } catch (error) {
    throw invalidField(field, `in ${code}: ${(error as Error).message}`);
  }
  if (units > 0n && units <= AMOUNT_MAX) return units;
  throw invalidField(field, `must be above zero, and at most ${formatMoney(AMOUNT_MAX, scale)}`);
}

/** The text of units, with all digits behind the point. */
export function textOf(units: bigint, { scale }: Asset): string {
  return formatMoney(units, scale);
}
