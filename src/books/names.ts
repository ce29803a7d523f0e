/**
 * The sidecar of names: a ledger knows accounts by 128-bit ids and commodities by numbers; `names.json` beside it knows
 * what people call them. It only ever grows, and it is written before the events that need it, so that a crash leaves
 * names without events but never events without names. Lost, it comes back when the same books are imported again in
 * order.
 *
 *   { "version": 1,
 *     "commodities": [{ "name": "USD", "ledger": 1, "scale": 12 }],
 *     "accounts": [{ "name": "Assets:Cash", "commodity": "USD", "id": "18290…", "digits": 2 }] }
 */
import { TallystickError } from '../model/index.ts';
import { hash128 } from './hash.ts';

export const NAMES_VERSION = 1;

export interface CommodityName {
  readonly name: string;
  /** The ledger that carries this commodity, counted from 1. */
  readonly ledger: number;
  /** Decimals of an amount in the ledger: 1.50 at scale 12 is 1500000000000. Never changes. */
  readonly scale: number;
  /** Larger units that balances are shown in, with how many of this one they are: `[["m","60"],["h","3600"]]`. */
  readonly units?: readonly (readonly [string, string])[] | undefined;
}

export interface AccountName {
  readonly name: string;
  readonly commodity: string;
  readonly id: bigint;
  /** Decimals that its balance is shown with: the most that any of its postings was written with. */
  readonly digits: number;
}

export interface Names {
  readonly commodities: readonly CommodityName[];
  readonly accounts: readonly AccountName[];
}

export const NO_NAMES: Names = { commodities: [], accounts: [] };

/** The ledger's account for what `name` holds of `commodity`. Never changes. */
export const accountId = (name: string, commodity: string): bigint => hash128(['account', name, commodity]);
/** The account on the other side of every transfer of a commodity. Never changes. */
export const clearingId = (commodity: string): bigint => hash128(['clearing', commodity]);

/** What {@link parseNames} reads; ends with a line break. */
export function formatNames(names: Names): string {
  const accounts = names.accounts.map((account) => ({ ...account, id: account.id.toString() }));
  const line = (value: unknown): string => `    ${JSON.stringify(value)}`;
  const list = (values: readonly unknown[]): string =>
    values.length === 0 ? '[]' : `[\n${values.map(line).join(',\n')}\n  ]`;
  return (
    `{\n  "version": ${NAMES_VERSION},\n  "commodities": ${list(names.commodities)},\n  "accounts": ` +
    `${list(accounts)}\n}\n`
  );
}

/** @throws TallystickError `format_newer` or `format_foreign` when `text` is not what {@link formatNames} writes. */
export function parseNames(text: string): Names {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new TallystickError('format_foreign', 'The names of the accounts are not JSON.', { cause });
  }
  const foreign = (what: string): never => {
    throw new TallystickError('format_foreign', `The names of the accounts cannot be read: ${what}.`);
  };
  const { version, commodities, accounts } = isRecord(file) ? file : foreign('not an object');
  if (typeof version === 'number' && version > NAMES_VERSION) {
    throw new TallystickError(
      'format_newer',
      `The names of the accounts have version ${version}, newer than ${NAMES_VERSION}.`,
    );
  }
  if (version !== NAMES_VERSION) foreign('no version');
  if (!Array.isArray(commodities) || !Array.isArray(accounts)) return foreign('no commodities or accounts');
  const known = new Set<string>();
  const ledgers = new Set<number>();
  const names: Names = {
    commodities: commodities.map((entry: unknown): CommodityName => {
      const { name, ledger, scale, units } = isRecord(entry) ? entry : foreign('a commodity is not an object');
      if (typeof name !== 'string' || !isCount(ledger) || ledger === 0 || !isCount(scale))
        return foreign('a commodity');
      if (known.has(name) || ledgers.has(ledger)) return foreign(`the commodity ${name} or its ledger occurs twice`);
      known.add(name);
      ledgers.add(ledger);
      if (units !== undefined && !isUnits(units)) return foreign(`the units of ${name}`);
      return { name, ledger, scale, ...(units === undefined ? {} : { units }) };
    }),
    accounts: accounts.map((entry: unknown): AccountName => {
      const { name, commodity, id, digits } = isRecord(entry) ? entry : foreign('an account is not an object');
      if (typeof name !== 'string' || typeof commodity !== 'string' || !isCount(digits)) return foreign('an account');
      if (!known.has(commodity)) return foreign(`the account ${name} holds ${commodity}, which is no commodity here`);
      if (id !== accountId(name, commodity).toString()) return foreign(`the id of ${name} in ${commodity} is another`);
      return { name, commodity, id: BigInt(id), digits };
    }),
  };
  return names;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isUnits = (value: unknown): value is readonly (readonly [string, string])[] =>
  Array.isArray(value) &&
  value.every((unit) => Array.isArray(unit) && typeof unit[0] === 'string' && /^\d{1,38}(\.\d{1,38})?$/.test(unit[1]));
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
