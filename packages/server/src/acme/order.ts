/** One order, from its names to the certificate. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TallystickError } from 'tallystick/internal/model';
import { type Authority, strange } from './authority.ts';
import { makePair, type Name, pemOf, requestFor } from './pair.ts';
import type { ChallengeKind, Responder } from './responder.ts';

/** From the order to the certificate, however slowly the authority goes. */
const ORDER_MS = 180_000;
const LOOK_MS_MIN = 250;
const LOOK_MS_MAX = 5000;
const AUTHORIZATIONS_MAX = 100;
const CHAIN_MAX = 10;

interface Challenge {
  readonly type?: unknown;
  readonly url?: unknown;
  readonly token?: unknown;
}

interface State {
  readonly status?: unknown;
  readonly authorizations?: unknown;
  readonly finalize?: unknown;
  readonly certificate?: unknown;
  readonly challenges?: unknown;
  readonly identifier?: { readonly type?: unknown; readonly value?: unknown };
  readonly error?: { readonly type?: unknown; readonly detail?: unknown };
}

/**
 * PEM: a new private key, and the chain of its certificate, in place of the one that the authority knows as `replaced`.
 * Rejects with `unreachable`.
 */
export async function obtain(
  authority: Authority,
  names: readonly Name[],
  kind: ChallengeKind,
  responder: Responder,
  replaced?: string,
): Promise<string> {
  const deadline = performance.now() + ORDER_MS;
  const [address, made] = (await authority.order(names, replaced)) as [string, State];
  const { authorizations, finalize } = made;
  if (!Array.isArray(authorizations) || authorizations.length > AUTHORIZATIONS_MAX) {
    throw strange('its order has no list of authorizations');
  }
  for (const one of authorizations) await authorize(authority, one, kind, names, responder, deadline);
  const keys = await makePair();
  const csr = await requestFor(names, keys);
  await authority.post('the certificate request', finalize, { csr });
  const done = await settled(authority, 'the order', address, ['pending', 'ready', 'processing'], deadline);
  const chain = checked(await authority.certificate(done.certificate), pemOf(keys), names);
  return `${pemOf(keys)}${chain}`;
}

async function authorize(
  authority: Authority,
  url: unknown,
  kind: ChallengeKind,
  names: readonly Name[],
  responder: Responder,
  deadline: number,
): Promise<void> {
  const { status, identifier, challenges } = (await authority.post('the authorization', url)).body as State;
  if (status === 'valid') return;
  const name = names.find(({ value }) => value.toLowerCase() === String(identifier?.value).toLowerCase());
  if (name === undefined) throw strange('it asks about a name that was not ordered');
  const list = (Array.isArray(challenges) ? challenges : []) as readonly Challenge[];
  const challenge = list.find(({ type }) => type === kind);
  if (challenge === undefined) {
    const offered = list
      .map(({ type }) => String(type))
      .join(', ')
      .slice(0, 100);
    const next = 'Choose another acme.challenge, or have the authority offer this one.';
    throw new TallystickError('unreachable', `the authority offers ${offered} and no ${kind} for ${name.value}`, {
      next,
    });
  }
  // It becomes part of an address and of an answer.
  const token = String(challenge.token);
  if (!/^[\w-]{1,512}$/.test(token)) throw strange('its challenge has no token');
  await responder.put(name, token, `${token}.${authority.thumbprint}`);
  await authority.post('the challenge', challenge.url, {});
  await settled(authority, `that ${name.value} is ours`, url, ['pending', 'processing'], deadline);
}

/** Asks until it is `valid`. */
async function settled(
  authority: Authority,
  what: string,
  url: unknown,
  waiting: readonly string[],
  deadline: number,
): Promise<State> {
  for (let pauseMs = LOOK_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, LOOK_MS_MAX)) {
    const { body, waitMs } = await authority.post(what, url);
    const { status } = body as State;
    if (status === 'valid') return body as State;
    if (!waiting.includes(String(status))) throw refused(what, body as State);
    const pause = Math.max(pauseMs, Math.min(waitMs, LOOK_MS_MAX));
    if (performance.now() + pause > deadline) {
      throw new TallystickError('unreachable', `the authority did not finish within ${ORDER_MS / 1000} s: ${what}`);
    }
    await sleep(pause);
  }
}

function refused(what: string, { status, error, challenges }: State): TallystickError {
  const list = (Array.isArray(challenges) ? challenges : []) as readonly State[];
  const why = error ?? list.find((challenge) => challenge.error !== undefined)?.error;
  const detail = why === undefined ? String(status) : `${String(why.type)}: ${String(why.detail)}`;
  const next = 'See that acme.names lead to this server, and that the authority can reach acme.port there.';
  return new TallystickError('unreachable', `the authority refuses ${what} (${detail.slice(0, 300)})`, { next });
}

/** What the authority sent is written beside the private key, so nothing but certificates is taken out of it. */
function checked(text: string, key: string, names: readonly Name[]): string {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\w+/=\s]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length > CHAIN_MAX) throw strange('it sends no chain of certificates');
  const why = unusable(blocks[0]!, key, names);
  if (why !== undefined) throw strange(`its certificate ${why}`);
  return `${blocks.join('\n')}\n`;
}

/** Why a certificate is not good for the names now; undefined: it is. */
export function unusable(certificate: string, key: string, names: readonly Name[]): string | undefined {
  try {
    const leaf = new X509Certificate(certificate);
    if (!leaf.checkPrivateKey(createPrivateKey(key))) return 'is for another key';
    for (const { type, value } of names) {
      const is = type === 'ip' ? leaf.checkIP(value) : leaf.checkHost(value);
      if (is === undefined) return `is not for ${value}`;
    }
    const now = Date.now();
    if (Date.parse(leaf.validTo) <= now) return 'has ended';
    return Date.parse(leaf.validFrom) > now ? 'has not begun' : undefined;
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
}
