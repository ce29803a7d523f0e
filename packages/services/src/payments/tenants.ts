/** The payments of every tenant of a server, for whoever asks at one of its doors. */
import { type Asker, type Ledger, TallystickError } from 'tallystick/internal/model';
import type { MeterRules } from '../controls/meter.ts';
import { Payments } from './payments.ts';
import type { PaymentsOptions } from './shared.ts';

/** What a request does: look, or change something. */
export type Right = 'read' | 'write';

/** Decides who comes in, and counts; without one every tenant does. */
export interface Doorkeeper {
  /** Rejects with `forbidden` or, where it would be too fast, `lane_full`; nothing was done. */
  admit(tenant: number, cost: number): Promise<void>;
  /** How the payments of a tenant are counted; undefined: they are not. */
  meterOf(tenant: number): MeterRules | undefined;
  /** What HTTP tells of a tenant's speed. */
  headersOf(tenant: number): { readonly [name: string]: string } | undefined;
}

export class Tenants {
  readonly #ledger: Ledger;
  readonly #options: Omit<PaymentsOptions, 'tenant' | 'meter'>;
  readonly #keeper: Doorkeeper | undefined;
  readonly #payments = new Map<number, Promise<Payments>>();

  constructor(ledger: Ledger, options: Omit<PaymentsOptions, 'tenant' | 'meter'>, keeper?: Doorkeeper) {
    this.#ledger = ledger;
    this.#keeper = keeper;
    this.#options = options;
  }

  /**
   * The caller's own payments, in its name and through its own port, for a message of so many payments. Rejects with
   * `forbidden`, before any word is written down: what was begun is finished after a crash, with the rights of the
   * server; and with `lane_full` for who asks too fast.
   */
  async of(asker: Asker, right: Right, cost: number): Promise<Payments> {
    try {
      return await this.#of(asker, right, cost);
    } catch (error) {
      this.#options.counts?.turnAway(error instanceof TallystickError ? error.code : 'failed');
      throw error;
    }
  }

  async #of({ tenant, mayRead, mayWrite, ledger, caller }: Asker, right: Right, cost: number): Promise<Payments> {
    if (tenant === undefined || !(right === 'write' ? mayWrite : mayRead)) {
      const why = `payments take the scope payments:${right}, and every ledger or those of one tenant`;
      throw new TallystickError('forbidden', why);
    }
    if (this.#keeper !== undefined) await this.#keeper.admit(tenant, cost);
    return (await this.opened(tenant)).through(ledger, caller?.subject);
  }

  /** What HTTP tells of the speed of whoever asks. */
  headersOf({ tenant }: Asker): { readonly [name: string]: string } | undefined {
    return tenant === undefined ? undefined : this.#keeper?.headersOf(tenant);
  }

  /** Those of a tenant, with the rights of the server; what a process before this one had begun is finished. */
  opened(tenant: number): Promise<Payments> {
    const known = this.#payments.get(tenant);
    if (known !== undefined) return known;
    const opening = this.#open(tenant);
    this.#payments.set(tenant, opening);
    opening.catch(() => this.#payments.delete(tenant));
    return opening;
  }

  async #open(tenant: number): Promise<Payments> {
    const meter = this.#keeper?.meterOf(tenant);
    const counted = meter === undefined ? {} : { meter };
    const payments = new Payments(this.#ledger, { ...this.#options, ...counted, tenant });
    await payments.resolve();
    return payments;
  }

  /** How many payments a message is about. */
  static costOf(body: unknown): number {
    const payments = (body as { readonly payments?: unknown } | null | undefined)?.payments;
    return Array.isArray(payments) && payments.length > 0 ? payments.length : 1;
  }

  /** Whatever was written down is durable when it resolves. */
  async idle(): Promise<void> {
    for (const opening of this.#payments.values()) await (await opening).idle();
  }
}
