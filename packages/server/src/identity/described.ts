/** An identity in words, for its own caller and for operators. */
import type { Identity } from './identity.ts';

export interface DescribedIdentity {
  readonly subject: string;
  readonly tenant?: string;
  readonly role: string;
  /** Separated by spaces. */
  readonly scopes: string;
  /** Codes and ranges, or `all`. */
  readonly ledgers: string;
  /** How the ids begin, or `all`. */
  readonly accounts: string;
  readonly shown: string;
  /** ISO 8601, or `never`. */
  readonly expires: string;
}

export function describedIdentity(identity: Omit<Identity, 'denied' | 'watch' | 'opinion'>): DescribedIdentity {
  const { subject, tenant, role, scopes, ledgers, accounts, shown, expiry } = identity;
  const ends = expiry !== undefined && Number.isFinite(expiry.expires);
  return {
    subject,
    ...(tenant === undefined ? {} : { tenant }),
    role,
    scopes: [...scopes].sort().join(' '),
    ledgers: ledgers === undefined ? 'all' : String(ledgers),
    accounts: accounts === undefined ? 'all' : accounts.texts.map((text) => `0x${text}…`).join(', '),
    shown,
    expires: ends ? new Date(expiry.expires).toISOString() : 'never',
  };
}
