/** What services count of their work, for whoever watches the server. Nothing is decided by these numbers. */
import { LogHistogram } from 'tallystick/internal/base';

/** What became of a payment: as its receipt says, or `failed`, where there was an error and no receipt. */
export type PaymentOutcome = 'done' | 'review' | 'refused' | 'would' | 'skipped' | 'failed';
export type WebhookOutcome = 'delivered' | 'failed' | 'given_up';
export type ScreeningOutcome = 'clear' | 'hit' | 'unknown';

interface Receipt {
  readonly outcome: Exclude<PaymentOutcome, 'failed'>;
  readonly code?: string | undefined;
}

export class ServiceCounts {
  /** By verb, and by what became of it. */
  readonly payments: Map<string, Map<PaymentOutcome, number>> = new Map();
  /** Of requests, by verb; `bulk` is one of many payments. */
  readonly latency: Map<string, LogHistogram> = new Map();
  /** By the refusal's code. */
  readonly refused: Map<string, number> = new Map();
  /** Requests of tenants that did not come in, by the error's code. */
  readonly turnedAway: Map<string, number> = new Map();
  /** Attempts to deliver an event. */
  readonly webhooks: Map<WebhookOutcome, number> = new Map();
  /** Names that were looked up; undefined: there is no screening. */
  screened: ReadonlyMap<ScreeningOutcome, number> | undefined;
  /** Seconds that the oldest event waits for its receiver, if one has failed to take it; undefined: no webhooks. */
  webhookAge: (() => number) | undefined;

  /** A payment: its receipt, or undefined for an error. */
  payment(verb: string, receipt: Receipt | undefined): void {
    let outcomes = this.payments.get(verb);
    if (outcomes === undefined) {
      outcomes = new Map();
      this.payments.set(verb, outcomes);
    }
    add(outcomes, receipt?.outcome ?? 'failed');
    if (receipt?.outcome === 'refused' && receipt.code !== undefined) add(this.refused, receipt.code);
  }

  took(verb: string, milliseconds: number): void {
    let latency = this.latency.get(verb);
    if (latency === undefined) {
      latency = new LogHistogram();
      this.latency.set(verb, latency);
    }
    latency.record(milliseconds);
  }

  turnAway(code: string): void {
    add(this.turnedAway, code);
  }

  attempted(outcome: WebhookOutcome): void {
    add(this.webhooks, outcome);
  }
}

/** One more. */
export function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
