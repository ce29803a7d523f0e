/** Signing in and out: the server keeps the token, the browser a cookie that no script can read. */
import { ask, lookWhoIsThere, session } from './api.ts';
import { startFeed, stop } from './feed.ts';
import { resume } from './intents.ts';
import type { Session } from './records.ts';
import { loadNames } from './settings.ts';

/** Called when the page opens. Rejects if the server cannot be reached. */
export async function begin(): Promise<void> {
  await lookWhoIsThere();
  if (session.value?.signed_in === true) enter();
}

export async function signIn(token: string): Promise<void> {
  session.value = await ask<Session>('session', { body: { token } });
  enter();
}

export async function signOut(everywhere: boolean): Promise<void> {
  await ask(`session${everywhere ? '?everywhere=true' : ''}`, { method: 'DELETE' });
  stop('off');
  session.value = { signed_in: false, wants_token: true };
}

function enter(): void {
  // Names are a comfort: without them there are ids.
  void loadNames().catch(() => {});
  startFeed();
  resume();
}
