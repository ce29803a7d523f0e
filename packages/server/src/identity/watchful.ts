/** Writes down who is refused and why, and, where that is asked for, who did what. */
import type { Before, TallystickError } from 'tallystick/internal/model';
import { audited, type Did, type Watch } from './audited.ts';
import type { Asker, Authenticator } from './authenticator.ts';
import type { Identity, Shown } from './identity.ts';
import type { SecondOpinion } from './policy.ts';

/** Whoever does something. */
export interface Doer {
  readonly door: string;
  readonly address: string | undefined;
  /** The subject of the token or the certificate; null at a door that asks for none. */
  readonly sub: string | null;
  /** The organization that it belongs to, if its credential names one. */
  readonly tenant?: string;
  readonly role: string;
  readonly shown: Shown;
}

export interface Records {
  /** A caller was refused. `reason` is for the log alone. */
  refused(record: {
    readonly door: string;
    readonly address: string | undefined;
    readonly reason: string;
    readonly sub?: string;
    readonly tenant?: string;
  }): void;
  /** Left out: what callers do is not reported. */
  readonly deeds?: {
    /** Hears what one caller does: its name is put into words once, and not for each request. */
    of(doer: Doer): Did;
    readonly reads: boolean;
    /** Why nothing may be created now. */
    blocked(): TallystickError | undefined;
  };
}

const REASON_MAX = 300;
const NOBODY: Asker = { door: 'unknown' };

export class WatchfulAuthenticator implements Authenticator {
  readonly #authenticator: Authenticator;
  readonly #records: Records;

  readonly #opinion: SecondOpinion | undefined;

  /** `opinion`: is asked about each request of each caller, too. */
  constructor(authenticator: Authenticator, records: Records, opinion?: SecondOpinion) {
    this.#authenticator = authenticator;
    this.#records = records;
    this.#opinion = opinion;
  }

  async authenticate(token: string | undefined, asker: Asker = NOBODY): Promise<Identity> {
    const { door, address } = asker;
    const records = this.#records;
    try {
      const identity = await this.#authenticator.authenticate(token, asker);
      const { subject: sub, tenant, role, shown } = identity;
      const caller = { door, address, sub, ...(tenant === undefined ? {} : { tenant }) };
      return {
        ...identity,
        denied: (reason) => records.refused({ ...caller, reason }),
        ...(this.#opinion === undefined ? {} : { opinion: this.#opinion }),
        ...(records.deeds === undefined ? {} : { watch: watchOf(records.deeds, { ...caller, role, shown }) }),
      };
    } catch (error) {
      records.refused({ door, address, reason: reasonOf(error) });
      throw error;
    }
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as TallystickError;
  return (cause instanceof Error ? cause.message : message).slice(0, REASON_MAX);
}

function watchOf(deeds: NonNullable<Records['deeds']>, doer: Doer): Watch {
  return { did: deeds.of(doer), reads: deeds.reads, blocked: () => deeds.blocked() };
}

/** What stands before callers that need no credential: at a door without tokens, or at a socket's file. */
export type Anybody = (asker: Asker) => Before;

/** Undefined: creates are not reported. */
export function anybody(records: Records): Anybody | undefined {
  const { deeds } = records;
  if (deeds === undefined) return undefined;
  return ({ door, address, certificate }) => {
    const sub = certificate?.subject.replaceAll('\n', ', ') ?? null;
    const shown = certificate === undefined ? 'nothing' : 'certificate';
    return audited(watchOf(deeds, { door, address, sub, role: 'admin', shown }));
  };
}
