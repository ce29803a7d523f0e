/**
 * Signatures of webhooks as the specification Standard Webhooks has them, so that receivers need no code of ours:
 *
 *   webhook-id          the event's id, the same in every attempt
 *   webhook-timestamp   seconds since the epoch, of this attempt
 *   webhook-signature   v1,BASE64 of HMAC-SHA-256 over "ID.TIMESTAMP.BODY"; several, separated by spaces, while a
 *                       secret is replaced
 *
 * A secret is text: `whsec_` and 32 bytes in base64. It follows from the server's key, the endpoint and the number of
 * times that it was replaced, so no store holds it.
 */
import { createHmac } from 'node:crypto';

const SECRET = 'whsec_';
const SEPARATOR = '\x1f';

/** Replaced `generation` times. */
export function secretOf(key: string, endpoint: string, generation: number): string {
  const words = ['tallystick/webhook/1', endpoint, String(generation)].join(SEPARATOR);
  return `${SECRET}${createHmac('sha256', key).update(words).digest('base64')}`;
}

/** The headers of one attempt. `seconds` since the epoch. */
export function signedHeaders(
  secrets: readonly string[],
  { id, body, seconds }: { readonly id: string; readonly body: string; readonly seconds: number },
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const bytes = Buffer.from(secret.slice(SECRET.length), 'base64');
    return `v1,${createHmac('sha256', bytes).update(`${id}.${seconds}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') };
}
