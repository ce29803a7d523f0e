/** A request with a session is done once, however often its client sends it: later ones get the first reply. */
import type { Context, Once } from '../../src/model/index.ts';
import { Broken } from '../failure.ts';

/** A request as it was ordered. */
interface Ordered {
  readonly op: number;
  /** A later process did not find it. */
  readonly lost: boolean;
}

export class FirstReplies {
  /** By session and number. */
  readonly #done = new Map<string, Ordered>();

  /** A batch got its place in the order; `context` says whose requests it has. */
  ordered({ once, parts }: Context, entry: Ordered): void {
    if (once !== undefined) this.#once(once, entry);
    for (const part of parts ?? []) this.#once(part.once, entry);
  }

  #once({ session, request }: Once, entry: Ordered): void {
    const key = `request ${request} of session ${Buffer.from(session, 'latin1').toString('hex')}`;
    const before = this.#done.get(key);
    if (before !== undefined && !before.lost && !entry.lost) {
      throw new Broken('first-reply', `${key} was done at op ${before.op}, and again at op ${entry.op}`);
    }
    if (!entry.lost) this.#done.set(key, entry);
  }
}
