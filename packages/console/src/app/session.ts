/** Signing in and out: the server keeps the token, the browser a cookie that no script can read. */
import { ask, lookWhoIsThere, session } from './api.ts';
import { startFeed, stop } from './feed.ts';
import { resume } from './intents.ts';
import type { Session } from './records.ts';
import { turnTo } from './router.ts';
import { loadNames } from './settings.ts';

const PLACE = 'tallystick-place';

/** Goes to the issuer; the fragment, which no server sees, waits here. */
export function signInElsewhere(): void {
  sessionStorage.setItem(PLACE, location.hash);
  location.assign(new URL('sign-in', document.baseURI));
}

/** Where the person was when it went to sign in. */
function comeBack(): void {
  const place = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (place !== null && place !== '' && !location.hash.startsWith('#/sign-in')) turnTo(place);
}

/** Called when the page opens. Rejects if the server cannot be reached. */
export async function begin(): Promise<void> {
  comeBack();
  await lookWhoIsThere();
  if (session.value?.signed_in === true) enter();
}

export async function signIn(token: string): Promise<void> {
  session.value = await ask<Session>('session', { body: { token } });
  enter();
}

export async function signOut(everywhere: boolean): Promise<void> {
  const path = `session${everywhere ? '?everywhere=true' : ''}`;
  const { leave, ...stranger } = await ask<Session & { leave: string | null }>(path, { method: 'DELETE' });
  stop('off');
  session.value = stranger;
  // Whoever signed in at the issuer signs out there, too, and is sent back here.
  if (leave !== null) location.assign(leave);
}

function enter(): void {
  // Names are a comfort: without them there are ids.
  void loadNames().catch(() => {});
  startFeed();
  resume();
}
