/** The payments of every tenant of a server, for whoever asks at one of its doors. */
import { type Asker, type Ledger, TallystickError } from 'tallystick/internal/model';
import { Payments, type PaymentsOptions } from './payments.ts';

/** What a request does: look, or change something. */
export type Right = 'read' | 'write';

export class Tenants {
  readonly #ledger: Ledger;
  readonly #options: Omit<PaymentsOptions, 'tenant'>;
  readonly #payments = new Map<number, Promise<Payments>>();

  constructor(ledger: Ledger, options: Omit<PaymentsOptions, 'tenant'>) {
    this.#ledger = ledger;
    this.#options = options;
  }

  /**
   * The caller's own payments, in its name and through its own port. Rejects with `forbidden`, before any word is
   * written down: what was begun is finished after a crash, with the rights of the server.
   */
  async of({ tenant, mayRead, mayWrite, ledger, caller }: Asker, right: Right): Promise<Payments> {
    if (tenant === undefined || !(right === 'write' ? mayWrite : mayRead)) {
      const why = `payments take the scope payments:${right}, and every ledger or those of one tenant`;
      throw new TallystickError('forbidden', why);
    }
    return (await this.opened(tenant)).through(ledger, caller?.subject);
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
    const payments = new Payments(this.#ledger, { ...this.#options, tenant });
    await payments.resolve();
    return payments;
  }

  /** Whatever was written down is durable when it resolves. */
  async idle(): Promise<void> {
    for (const opening of this.#payments.values()) await (await opening).idle();
  }
}
