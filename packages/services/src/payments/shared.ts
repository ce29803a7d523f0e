/** How payments are made, and what payments through several ports have in common. */
import { type Asset, Assets, checkTenant } from '../base/assets.ts';
import { Books } from '../base/books.ts';
import { Calendar } from '../base/calendar.ts';
import type { ServiceCounts } from '../base/counts.ts';
import { Sending } from '../base/sending.ts';
import { Controls } from '../controls/controls.ts';
import type { MeterRules } from '../controls/meter.ts';
import { type ControlRules, checkRules } from '../controls/rules.ts';
import type { ScoreOptions } from '../controls/score.ts';
import type { Fx } from '../fx/rates.ts';
import { Desk } from '../rails/desk.ts';
import type { Rail } from '../rails/rail.ts';
import type { Records } from '../records/records.ts';
import type { Screening } from '../screening/screening.ts';
import { Intents } from './intents.ts';
import { Waiting } from './waiting.ts';

/** How payments are made. */
export interface PaymentsOptions {
  /** Whose they are, from 0 to 2^20 - 1; 0 by default. Nothing moves between two tenants. */
  readonly tenant?: number;
  /** Assets besides ISO 4217 and the usual crypto. */
  readonly assets?: readonly Asset[];
  /** Where words are kept, and what was begun; without it descriptions are not kept. */
  readonly records?: Records;
  /** Limits, and payments of which others must approve; none by default. */
  readonly controls?: ControlRules;
  /** A second opinion on every payment; none by default. */
  readonly score?: ScoreOptions;
  /** Lists that names are compared with; none by default. */
  readonly screening?: Screening;
  /** Counts payments as used, in the tenant's book of meters; by default nothing is counted. */
  readonly meter?: MeterRules;
  /** Ways out of this ledger, which take records; besides `internal` there are none by default. */
  readonly rails?: readonly Rail[];
  /** Nanoseconds since the epoch; the system's clock by default. Limits turn with it. */
  readonly now?: () => bigint;
  /** Counts what is asked and what became of it; by default nobody does. */
  readonly counts?: ServiceCounts;
}

/** What payments through several ports have in common. */
export interface Shared {
  readonly books: Books;
  readonly intents: Intents | undefined;
  readonly controls: Controls | undefined;
  readonly waiting: Waiting;
  readonly fx: Fx | undefined;
  readonly desk: Desk;
  readonly now: () => bigint;
  readonly calendar: Calendar;
  readonly sending: Sending;
  readonly counts: ServiceCounts | undefined;
}

export function sharedOf({
  tenant = 0,
  assets,
  records,
  controls,
  score,
  screening,
  meter,
  rails = [],
  now = systemTime,
  counts,
}: PaymentsOptions): Shared {
  const books = new Books(checkTenant(tenant), new Assets(assets));
  const rules = checkRules(controls ?? {}, books.assets);
  const calendar = new Calendar();
  const isFree = [controls, score, screening, meter].every((one) => one === undefined);
  return {
    books,
    intents: records === undefined ? undefined : new Intents(records, tenant),
    waiting: new Waiting(),
    fx: rules.fx,
    desk: new Desk(books, rails, records),
    controls: isFree ? undefined : new Controls(books, { rules, score, screening, meter }, now, calendar),
    now,
    calendar,
    sending: new Sending(),
    counts,
  };
}

const systemTime = (): bigint => BigInt(Date.now()) * 1_000_000n;
