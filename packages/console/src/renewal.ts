/**
 * The token of a session that an issuer gave is renewed while somebody uses the session, shortly before it ends. An
 * issuer that is away for a moment is asked again; one that gives no more ends the session.
 */
import type { SignIn } from './host.ts';
import type { Session } from './sessions.ts';

const EARLY_MS = 60_000;
const AGAIN_MS = 10_000;

/** Whether the session goes on. `ownerOf`: whose a token is; rejects for one that is not taken. */
export async function renewed(
  session: Session,
  signIn: SignIn | undefined,
  ownerOf: (token: string) => Promise<string>,
  now: number = Date.now(),
): Promise<boolean> {
  if (signIn === undefined || !isDue(session, now)) return true;
  // All requests of the session wait for one answer.
  session.renewing ??= renew(session, signIn, ownerOf, now).finally(() => {
    session.renewing = undefined;
  });
  return session.renewing;
}

function isDue({ granted, grantedAt, triedAt }: Session, now: number): boolean {
  if (granted?.refresh === undefined || granted.expires === undefined) return false;
  const early = Math.min(EARLY_MS, (granted.expires - grantedAt) / 3);
  return now >= granted.expires - early && (now >= granted.expires || now - triedAt >= AGAIN_MS);
}

async function renew(
  session: Session,
  signIn: SignIn,
  ownerOf: (token: string) => Promise<string>,
  now: number,
): Promise<boolean> {
  session.triedAt = now;
  try {
    const granted = await signIn.renew(session.granted!);
    // A token of somebody else, or of another tenant, is no renewal.
    if ((await ownerOf(granted.token)) !== session.owner) return false;
    session.token = granted.token;
    session.granted = granted;
    session.grantedAt = now;
    return true;
  } catch (error) {
    return (error as { readonly code?: unknown }).code === 'unreachable' && now < session.granted!.expires!;
  }
}
