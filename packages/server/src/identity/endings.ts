/** When certificates and lists of withdrawn ones end, and who is told before they do. */
import { X509Certificate } from 'node:crypto';

export interface Ending {
  /** The server's own, with the authorities that it sends along; those that sign clients'; a list of theirs. */
  readonly what: 'certificate' | 'authority' | 'crl';
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
}

export interface Left {
  readonly what: Ending['what'];
  /** Below 0: it is over. */
  readonly seconds: number;
  /** Of its life; 0: it is over. */
  readonly share: number;
}

/** An authority lives for years, and whoever replaces it has to reach every client. */
const AUTHORITY_MS = 30 * 86_400_000;
const SHARE_MIN = 0.15;

export function endingsOf(what: Ending['what'], pems: readonly string[]): Ending[] {
  return pems.map((pem) => {
    const { validFrom, validTo } = new X509Certificate(pem);
    return { what, from: Date.parse(validFrom), until: Date.parse(validTo) };
  });
}

/** What is left of each kind: of several, the one that ends first. */
export function leftOf(endings: readonly Ending[], now: number): Left[] {
  const first = new Map<Ending['what'], Ending>();
  for (const ending of endings) {
    const other = first.get(ending.what);
    if (other === undefined || ending.until < other.until) first.set(ending.what, ending);
  }
  return [...first.values()].map(({ what, from, until }) => {
    const share = Math.max(Math.min((until - now) / (until - from), 1), 0);
    return { what, seconds: (until - now) / 1000, share };
  });
}

export type Alarm = 'over' | 'ending';

/** Undefined: there is time. */
export function alarmOf({ what, seconds, share }: Left): Alarm | undefined {
  if (seconds <= 0) return 'over';
  const isNear = what === 'authority' ? seconds * 1000 < AUTHORITY_MS && share < 0.5 : share < SHARE_MIN;
  return isNear ? 'ending' : undefined;
}

/** Tells once that something is about to end, once that it is over, and again when that begins anew. */
export class EndingWatch {
  readonly #tell: (what: Ending['what'], alarm: Alarm, until: Date) => void;
  readonly #told = new Map<Ending['what'], Alarm>();

  constructor(tell: (what: Ending['what'], alarm: Alarm, until: Date) => void) {
    this.#tell = tell;
  }

  look(endings: readonly Ending[]): void {
    const now = Date.now();
    for (const left of leftOf(endings, now)) {
      const alarm = alarmOf(left);
      if (alarm === this.#told.get(left.what)) continue;
      if (alarm === undefined) this.#told.delete(left.what);
      else {
        this.#told.set(left.what, alarm);
        this.#tell(left.what, alarm, new Date(now + left.seconds * 1000));
      }
    }
  }
}
