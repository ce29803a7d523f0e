/** Sessions of requests that belong to their subject: nobody asks for another's replies, or takes another's key. */
import { createHash } from 'node:crypto';
import type { Once } from 'tallystick/internal/model';

/**
 * The same request under a session that only this caller can name. Clients choose their sessions, and a key is often
 * the number of an order: without its owner in it, whoever guesses it could use it up first, or hear what it was
 * answered. A session has 16 bytes, so owner and session cannot be told apart in two ways.
 */
export function ownSessions(owner: Uint8Array): (once: Once) => Once {
  // A connection of the native door has one session.
  let last = '';
  let own = '';
  return (once) => {
    if (once.session !== last) {
      own = createHash('sha256').update(owner).update(once.session, 'latin1').digest().toString('latin1', 0, 16);
      last = once.session;
    }
    const { request, checksum, answered, again, lead } = once;
    return { session: own, request, checksum, answered, again, lead };
  };
}
