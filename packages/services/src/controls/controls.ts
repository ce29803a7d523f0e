/**
 * What stands between a request and its chain: limits, people's approval, and a score. One order, and every control
 * that cannot answer sends the payment to people.
 */
import { type Ledger, TransferFlags } from 'tallystick/internal/model';
import { type Asset, textOf } from '../base/assets.ts';
import type { Books } from '../base/books.ts';
import type { Calendar, Moment } from '../base/calendar.ts';
import { type AccountKind, Code } from '../base/codes.ts';
import type { RefusalCode } from '../base/outcomes.ts';
import type { Leg } from '../base/plan.ts';
import type { Screening } from '../screening/screening.ts';
import { Meter, type MeterRules } from './meter.ts';
import { openCase } from './reviews.ts';
import type { Rules } from './rules.ts';
import { opinionOn, type ScoreOptions, type ScoreRequest } from './score.ts';
import { type LimitView, type Spending, Windows } from './windows.ts';

/** A request for money, compiled, and who has a part in it. */
export interface Wish {
  readonly verb: ScoreRequest['verb'];
  readonly payment: bigint;
  readonly asset: Asset;
  readonly legs: readonly Leg[];
  readonly payers: readonly Spending[];
  readonly payees: readonly Spending[];
  /** Who asks; undefined: nobody is known by name here. */
  readonly maker: string | undefined;
  /** Names of people and companies that have a part in it, as far as they were said. */
  readonly parties: readonly string[] | undefined;
}

/** What the controls make of it. */
export interface Decision {
  readonly legs: readonly Leg[];
  /** It is refused without being sent. */
  readonly code?: RefusalCode;
  /** Why it waits for people; undefined: it does not. */
  readonly waits?: readonly string[];
}

/** What is demanded of payments besides what ledgers check. */
export interface ControlOptions {
  readonly rules: Rules;
  readonly score: ScoreOptions | undefined;
  readonly screening: Screening | undefined;
  /** Payments are counted; undefined: they are not. */
  readonly meter: MeterRules | undefined;
}

const { pending } = TransferFlags;
/** The codes of legs that wait. */
const WAITING: ReadonlyMap<number, number> = new Map<number, number>([
  [Code.pay, Code.reviewPay],
  [Code.fee, Code.reviewFee],
  [Code.hold, Code.reviewHold],
  [Code.payout, Code.reviewPayout],
]);

export class Controls {
  readonly #books: Books;
  readonly #options: ControlOptions;
  readonly #windows: Windows;
  readonly #meter: Meter | undefined;

  constructor(books: Books, options: ControlOptions, now: () => bigint, calendar: Calendar) {
    this.#books = books;
    this.#options = options;
    this.#windows = new Windows(books, options.rules.limits, now, calendar);
    this.#meter = options.meter === undefined ? undefined : new Meter(books, options.meter);
  }

  /**
   * The chain of a wish that nothing stands against, where that can be told without asking anybody: no opinion is
   * wanted, nobody must approve, no name is like a listed one, and what the legs debit is known to be there. Undefined:
   * {@link decide} must.
   */
  decideNow({ asset, legs, payers, payees, parties }: Wish, moment: Moment): Decision | undefined {
    const { score, screening, rules } = this.#options;
    if (score !== undefined) return undefined;
    if (rules.reviews.length > 0) {
      const units = unitsOf(payers);
      if (rules.reviews.some((rule) => rule.asset === asset && units >= rule.from)) return undefined;
    }
    if (screening?.clears(parties, payers, payees) === false) return undefined;
    const all = [...legs];
    if (!this.#windows.addLegs(all, asset, payers, moment)) return undefined;
    if (this.#meter?.addLeg(all) === false) return undefined;
    return { legs: all };
  }

  /** The chain that the controls let through. Windows are filled and a case is open when it resolves. */
  async decide(ledger: Ledger, wish: Wish): Promise<Decision> {
    const { waits, approvals, declined } = await this.#look(ledger, wish);
    if (declined) return { legs: wish.legs, code: 'declined' };
    const taken = await this.#windows.legsOf(ledger, wish.asset, wish.payers);
    if (this.#meter !== undefined) taken.push(await this.#meter.leg(ledger));
    if (waits === undefined) return { legs: [...wish.legs, ...taken] };
    // A quote does not wait for people.
    if (wish.verb === 'exchange') return { legs: wish.legs, code: 'declined' };
    await openCase(ledger, this.#books, wish.payment, wish.maker, approvals);
    return { legs: [...wish.legs.map((leg) => this.#waiting(leg)), ...taken], waits };
  }

  /** What {@link decide} would say; nothing is written. */
  async wouldDecide(ledger: Ledger, wish: Wish): Promise<Decision> {
    const { waits, declined } = await this.#look(ledger, wish);
    const code = declined
      ? 'declined'
      : ((await this.#windows.wouldRefuse(ledger, wish.asset, wish.payers)) ??
        (await this.#meter?.wouldRefuse(ledger)));
    if (waits !== undefined && wish.verb === 'exchange') return { legs: wish.legs, code: code ?? 'declined' };
    return { legs: wish.legs, ...(code === undefined ? {} : { code }), ...(waits === undefined ? {} : { waits }) };
  }

  limitsOf(ledger: Ledger, asset: Asset, payer: string): Promise<LimitView[]> {
    return this.#windows.viewsOf(ledger, asset, payer);
  }

  async #look(
    ledger: Ledger,
    wish: Wish,
  ): Promise<{
    readonly waits: readonly string[] | undefined;
    readonly approvals: number;
    readonly declined: boolean;
  }> {
    const reasons: string[] = [];
    let approvals = await this.#approvalsFor(ledger, wish, reasons);
    const { score, screening } = this.#options;
    const hits = screening?.reasons(namesOf(wish)) ?? [];
    if (hits.length > 0) {
      approvals = Math.max(approvals, screening!.approvals);
      reasons.push(...hits);
    }
    const opinion = score === undefined ? undefined : await opinionOn(score, aboutOf(wish));
    if (opinion?.says === 'review') {
      approvals = Math.max(approvals, score!.approvals ?? 1);
      reasons.push(...opinion.reasons);
    }
    return { waits: approvals === 0 ? undefined : reasons, approvals, declined: opinion?.says === 'decline' };
  }

  async #approvalsFor(ledger: Ledger, { asset, payers }: Wish, reasons: string[]): Promise<number> {
    const rules = this.#options.rules.reviews.filter((rule) => rule.asset === asset);
    if (rules.length === 0) return 0;
    const kinds = new Set<AccountKind | undefined>();
    for (const { payer } of payers) kinds.add(await this.#windows.kindOf(ledger, asset, payer));
    const units = unitsOf(payers);
    const met = rules.filter(({ kind, from }) => units >= from && (kind === undefined || kinds.has(kind)));
    for (const { from } of met) reasons.push(`the amount is ${textOf(from, asset)} or more`);
    return Math.max(0, ...met.map((rule) => rule.approvals));
  }

  #waiting(leg: Leg): Leg {
    const timeout = leg.code === Code.hold ? (leg.timeout ?? 0) : this.#options.rules.expiresIn;
    return { ...leg, code: WAITING.get(leg.code!)!, flags: (leg.flags ?? 0) | pending, timeout };
  }
}

const unitsOf = (payers: readonly Spending[]): bigint => payers.reduce((sum, { units }) => sum + units, 0n);

/** Where nobody says who is behind an account, its name must do. */
function namesOf({ parties, payers, payees }: Wish): readonly string[] {
  return parties ?? [...payers, ...payees].map(({ payer }) => payer);
}

function aboutOf({ verb, asset, payers, payees }: Wish): ScoreRequest {
  const parties = (spendings: readonly Spending[]) =>
    spendings.map(({ payer: name, units }) => ({ name, amount: textOf(units, asset) }));
  return { verb, asset: asset.code, payers: parties(payers), payees: parties(payees) };
}
