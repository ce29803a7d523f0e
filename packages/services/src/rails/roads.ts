/** Rails as an operator has configured them: read as strictly as requests, before anything is opened. */
import { invalidField } from 'tallystick/internal/model';
import { type Assets, checkTenant } from '../base/assets.ts';
import { checkName, checkObject, type Shape } from '../base/shape.ts';
import { INTERNAL } from './desk.ts';
import { HttpBank } from './http-bank.ts';
import { isIban, isRouting } from './payout-words.ts';
import { type Bank, type OwnAccount, RAIL_FORMATS, type Rail, type RailFormat } from './rail.ts';

const RAILS_MAX = 64;
const MS = 1000;

const maybe = { check: 'text', optional: true } as const;
const seconds = { check: 'seconds', optional: true } as const;

/**
 * `{"rails": [{"name": "sepa", "asset": "EUR", "format": "iso20022", "nostro": "bank", "own": {"name": "Acme GmbH",
 * "iban": "NL41MOCK0000000001"}, "bank": "http://127.0.0.1:8090"}], "every": 1, "ask_again": 60}`
 */
const shape: Shape = {
  rails: {
    check: [
      {
        name: { check: 'name' },
        tenant: { check: 'count', optional: true },
        asset: { check: 'text' },
        format: { check: RAIL_FORMATS },
        nostro: { check: 'name' },
        own: {
          check: { name: { check: 'text' }, iban: maybe, bic: maybe, routing: maybe, company: maybe, account: maybe },
        },
        bank: { check: 'text' },
      },
    ],
    parts: RAILS_MAX,
  },
  every: seconds,
  ask_again: seconds,
};

interface Configured {
  readonly rails: readonly {
    readonly name: string;
    readonly tenant?: number;
    readonly asset: string;
    readonly format: RailFormat;
    readonly nostro: string;
    readonly own: OwnAccount;
    readonly bank: string;
  }[];
  readonly every?: number;
  readonly ask_again?: number;
}

/** What a tenant has. */
export interface Roads {
  readonly rails: readonly Rail[];
  readonly banks: { readonly [rail: string]: Bank };
  readonly everyMs: number;
  readonly askAgainMs: number;
}

const EVERY_SECONDS = 1;
const ASK_AGAIN_SECONDS = 60;

/** By tenant. Throws `invalid_argument` with the field for what is no configuration. */
export function checkRails(given: unknown, assets: Assets): ReadonlyMap<number, Roads> {
  checkObject(shape, given, '');
  const { rails, every = EVERY_SECONDS, ask_again = ASK_AGAIN_SECONDS } = given as Configured;
  const roads = new Map<
    number,
    { rails: Rail[]; banks: { [rail: string]: Bank }; everyMs: number; askAgainMs: number }
  >();
  for (const [index, one] of rails.entries()) {
    const { name, tenant = 0, asset, format, nostro, own, bank } = one;
    const field = `rails[${index}]`;
    const road = roads.get(checkTenant(tenant)) ?? {
      rails: [],
      banks: {},
      everyMs: every * MS,
      askAgainMs: ask_again * MS,
    };
    roads.set(tenant, road);
    checkName(nostro, `${field}.nostro`);
    if (name === INTERNAL || road.rails.some((other) => other.name === name)) {
      throw invalidField(`${field}.name`, `${name} is there already`);
    }
    checkOwn(own, format, `${field}.own`);
    road.rails.push({ name, asset: assets.byCode(asset), format, nostro, own });
    road.banks[name] = new HttpBank(bank);
  }
  return roads;
}

function checkOwn({ iban, routing, company, account }: OwnAccount, format: RailFormat, field: string): void {
  if (format === 'iso20022') {
    if (iban === undefined || !isIban(iban)) throw invalidField(`${field}.iban`, 'must be the IBAN of our account');
    return;
  }
  if (routing === undefined || !isRouting(routing)) throw invalidField(`${field}.routing`, 'must be a routing number');
  if (company === undefined || !/^[A-Z0-9]{10}$/.test(company)) {
    throw invalidField(`${field}.company`, 'must be the ten characters by which the bank knows us');
  }
  if (account === undefined) throw invalidField(`${field}.account`, 'must be the number of our account');
}
