/**
 * A request that is sent again gets its first reply: one that is on its way is waited for, one that was answered is in
 * the window of replies. Only what was not done goes on to the ledger.
 */
import {
  type Before,
  draftOf,
  inContext,
  type Once,
  type Port,
  type Read,
  type Request,
  TallystickError,
} from '../model/index.ts';
import { type ReplyWindow, resultsOf } from './reply-window.ts';

/** Somebody else waits for the same reply. */
interface Follower {
  readonly read: Read<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A request that is on its way. */
interface Leading {
  readonly checksum: number;
  readonly count: number;
  followers: Follower[] | undefined;
}

/** The lead of nobody. */
const NO_LEAD = -1;

/**
 * In front of everything that may keep a request waiting, behind whatever may refuse its caller. `lead`: of a ledger
 * that several nodes hold, the number of this node's lead once the window has all that was done before it; undefined
 * while it does not lead. What is new by a window that lacks something may have been done.
 */
export function once(window: ReplyWindow, lead?: () => number | undefined): Before {
  const underway = new Underway(window, lead);
  return (port) => ({
    get eventsMax() {
      return port.eventsMax;
    },
    request: (request) => {
      const { once: identity } = request.context;
      return identity === undefined ? port.request(request) : underway.request(port, request, identity);
    },
    close: () => port.close(),
  });
}

class Underway {
  readonly #window: ReplyWindow;
  readonly #lead: (() => number | undefined) | undefined;
  /** By session and number. */
  readonly #sessions = new Map<string, Map<number, Leading>>();

  constructor(window: ReplyWindow, lead: (() => number | undefined) | undefined) {
    this.#window = window;
    this.#lead = lead;
  }

  request<T>(port: Port, request: Request<T>, identity: Once): Promise<T> {
    const leading = this.#sessions.get(identity.session)?.get(identity.request);
    if (leading !== undefined) return follow(leading, request, identity);
    if (identity.again !== false) {
      const found = this.#window.find(identity, request.count);
      if (found.kind === 'expired') return Promise.reject(new TallystickError('session_expired'));
      if (found.kind === 'other') return Promise.reject(new TallystickError('request_reused'));
      if (found.kind === 'reply') {
        const results = resultsOf(found.reply);
        const { op } = found.reply;
        return new Promise((resolve) => resolve(request.read(results, 0, results.bytes.length, op)));
      }
      if (this.#lead !== undefined) {
        const context = draftOf(request.context);
        context.once = { ...identity, lead: this.#lead() ?? NO_LEAD };
        return this.#first(port, inContext(request, context), identity);
      }
    }
    return this.#first(port, request, identity);
  }

  #first<T>(port: Port, request: Request<T>, identity: Once): Promise<T> {
    const leading: Leading = { checksum: identity.checksum, count: request.count, followers: undefined };
    this.#add(identity, leading);
    const read: Read<T> = (cells, at, size, op) => {
      this.#remove(identity);
      for (const { read, resolve, reject } of leading.followers ?? []) {
        try {
          resolve(read(cells, at, size, op) as never);
        } catch (error) {
          reject(error);
        }
      }
      leading.followers = undefined;
      return request.read(cells, at, size, op);
    };
    const answered = port.request(inContext(request, request.context, read));
    answered.catch((error: unknown) => {
      this.#remove(identity, leading);
      for (const { reject } of leading.followers ?? []) reject(error);
      leading.followers = undefined;
    });
    return answered;
  }

  #add({ session, request }: Once, leading: Leading): void {
    let requests = this.#sessions.get(session);
    if (requests === undefined) {
      requests = new Map();
      this.#sessions.set(session, requests);
    }
    requests.set(request, leading);
  }

  /** `leading`: only if it is still that one. */
  #remove({ session, request }: Once, leading?: Leading): void {
    const requests = this.#sessions.get(session);
    if (requests === undefined || (leading !== undefined && requests.get(request) !== leading)) return;
    requests.delete(request);
    if (requests.size === 0) this.#sessions.delete(session);
  }
}

function follow<T>(leading: Leading, { read, count }: Request<T>, { checksum }: Once): Promise<T> {
  if (leading.checksum !== checksum || leading.count !== count) {
    return Promise.reject(new TallystickError('request_reused'));
  }
  return new Promise<T>((resolve, reject) => {
    leading.followers ??= [];
    leading.followers.push({ read, resolve: resolve as (value: never) => void, reject });
  });
}
