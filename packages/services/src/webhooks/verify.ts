/** For a receiver of webhooks: whether what came is from the ledger's server, and new. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { TallystickError } from 'tallystick/internal/model';

/** Something that happened to a payment, as a receiver gets it. Amounts are text. */
export interface WebhookEvent {
  /** The same in every attempt: keep it, and do nothing twice. */
  readonly id: string;
  /** Such as `payment.captured`. */
  readonly type: string;
  /** When, in nanoseconds since the epoch; events of an endpoint come in this order. */
  readonly cursor: string;
  readonly payment: string;
  readonly asset?: string;
  readonly amount?: string;
  /** Why it was refused. */
  readonly code?: string;
}

/** What a receiver knows. */
export interface VerifyOptions {
  /** `whsec_…`, as the server has told it; while it is replaced, the new one or the old one. */
  readonly secret: string;
  /** Seconds between the attempt and now at most; 300 by default. */
  readonly toleranceSeconds?: number;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
}

const TOLERANCE_SECONDS = 300;
const SECOND = 1000;

/**
 * The event in a request, if its signature and its time are right. `headers`: by lower-case name, as Node has them;
 * `body`: the text as it came, unparsed. Throws `unauthenticated` for anything else.
 */
export function verifyWebhook(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: string,
  options: VerifyOptions,
): WebhookEvent {
  const [id, seconds, signatures] = ['id', 'timestamp', 'signature'].map((name) => headers[`webhook-${name}`]);
  if (typeof id !== 'string' || typeof seconds !== 'string' || typeof signatures !== 'string') {
    throw wrong('a webhook has the headers webhook-id, webhook-timestamp and webhook-signature');
  }
  const now = (options.now ?? Date.now)() / SECOND;
  const age = Math.abs(now - Number(seconds));
  // Not a number is as late as it can be.
  if (!(age <= (options.toleranceSeconds ?? TOLERANCE_SECONDS))) throw wrong('the time of the webhook is not now');
  const bytes = Buffer.from(options.secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', bytes).update(`${id}.${seconds}.${body}`).digest();
  const isSigned = signatures.split(' ').some((one) => {
    const [version, text = ''] = one.split(',');
    const given = Buffer.from(text, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!isSigned) throw wrong('the signature of the webhook is not that of this secret');
  return JSON.parse(body) as WebhookEvent;
}

const wrong = (why: string): TallystickError => new TallystickError('unauthenticated', why);
