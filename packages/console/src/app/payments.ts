/** Payments, as `/v1/payments` tells them; they are there where the server has the service. */
import { session } from './api.ts';
import { formatAmount } from './money.ts';
import { locale } from './settings.ts';

export interface PaymentView {
  readonly id: string;
  readonly asset: string;
  readonly status: string;
  readonly amount: string;
  readonly paid: string;
  readonly held: string;
  readonly refunded: string;
  readonly fee: string;
  readonly created_at: string;
  /** Why it waits for approval. */
  readonly reasons?: readonly string[];
}

/** How the approval of a payment stands. */
export interface ApprovalView {
  readonly payment: string;
  readonly state: string;
  /** How many have approved, and how many must. */
  readonly approvals: number;
  readonly needed: number;
}

/** What a dry run found. */
export interface Would {
  readonly would: 'done' | 'refused';
  readonly code?: string;
  readonly about?: string;
}

/** The last bits of an id are the leg's. */
const LEG_BITS = 8n;

export function hasService(name: 'payments' | 'gateway'): boolean {
  return session.value?.services?.includes(name) === true;
}

/** The id of a payment whose transfers have a reference; undefined: it is none of a payment. */
export function paymentOf(reference: string): string | undefined {
  const base = BigInt(reference);
  if (base === 0n || base % (1n << LEG_BITS) !== 0n) return undefined;
  return `pay_${(base >> LEG_BITS).toString(16).padStart(30, '0')}`;
}

/** The reference that all transfers of a payment have; undefined: the text is no id of one. */
export function referenceOf(payment: string): string | undefined {
  const digits = /^pay_([0-9a-f]{30})$/.exec(payment.trim())?.[1];
  return digits === undefined ? undefined : String(BigInt(`0x${digits}`) << LEG_BITS);
}

/** How many digits a text of money has behind its point. */
export function scaleOf(text: string): number {
  return text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
}

/** Money as the service writes it, with the digits of its asset, in the person's numbers. */
export function moneyText(text: string): string {
  const scale = scaleOf(text);
  return formatAmount(BigInt(text.replace('.', '')), { scale, digits: scale }, locale.value);
}
