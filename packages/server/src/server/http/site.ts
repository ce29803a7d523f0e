/**
 * Pages for people at this door, and the sessions of their browsers. A site stands before the door's own check of
 * credentials: it answers what a browser needs before anybody has signed in, and hands the rest on as a request of the
 * API with the credential that its session keeps.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from '../../identity/index.ts';

/** A request of a browser, before it is known who asks. */
export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The door wants a token of this caller, who has not shown a certificate either. */
  readonly wantsToken: boolean;
  /** Says what the owner of a token has here; rejects as the door would. Undefined: whoever shows nothing. */
  admit(token: string | undefined): Promise<Access>;
  /** The body, within the door's limits. */
  read(): Promise<Buffer>;
}

export interface HttpSite {
  /**
   * True: the request is answered. False: the door is to answer it, and the site may have changed its address and its
   * `Authorization`. Rejects as the door does.
   */
  handle(visit: Visit): Promise<boolean>;
}
