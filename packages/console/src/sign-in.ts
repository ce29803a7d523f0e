/**
 * People sign in where their accounts are, and come back:
 *
 *   GET /console/sign-in    on to the issuer, with a cookie by which the browser is known when it comes back
 *   GET /console/signed-in  back from the issuer: a session begins, and on to the page
 *
 * Whoever cannot sign in finds the page again, and why in the fragment of its address.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Host, SignIn } from './host.ts';
import type { Sessions } from './sessions.ts';
import { cookieOf, type Visit } from './visit.ts';

export const COOKIE = 'tallystick_console';
const SEED = 'tallystick_sign_in';
const SEED_SECONDS = 600;
/** What the issuer has put behind our address. */
const QUERY_MAX = 8192;

type OwnerOf = (access: Awaited<ReturnType<Visit['admit']>>) => string;

export class Entrance {
  readonly #signIn: SignIn;
  readonly #address: URL | undefined;
  readonly #sessions: Sessions;
  readonly #ownerOf: OwnerOf;

  constructor(signIn: SignIn, { address }: Host, sessions: Sessions, ownerOf: OwnerOf) {
    this.#signIn = signIn;
    this.#address = address;
    this.#sessions = sessions;
    this.#ownerOf = ownerOf;
  }

  async begin({ request, response }: Visit): Promise<void> {
    try {
      const { address, seed } = await this.#signIn.begin(new URL('signed-in', this.#at(request)));
      // The browser comes back from another site, so that this cookie cannot be `Strict`.
      const kept = `${SEED}=${seed}; HttpOnly; SameSite=Lax; Max-Age=${SEED_SECONDS}${secured(this.#at(request))}`;
      response.setHeader('set-cookie', kept);
      leadTo(response, address.href);
    } catch (error) {
      this.#turnAway(response, error);
    }
  }

  async finish(visit: Visit): Promise<void> {
    const { request, response } = visit;
    const at = this.#at(request);
    const came = new URL('signed-in', at);
    const search = request.url!.includes('?') ? request.url!.slice(request.url!.indexOf('?')) : '';
    came.search = search.slice(0, QUERY_MAX);
    const over = `${SEED}=; HttpOnly; SameSite=Lax; Max-Age=0`;
    try {
      const granted = await this.#signIn.finish(cookieOf(request, SEED), came);
      const access = await visit.admit(granted.token);
      const name = this.#sessions.begin(granted.token, this.#ownerOf(access), granted);
      response.setHeader('set-cookie', [over, `${COOKIE}=${name}; HttpOnly; SameSite=Strict${secured(at)}`]);
      leadTo(response, './');
    } catch (error) {
      response.setHeader('set-cookie', over);
      this.#turnAway(response, error);
    }
  }

  /** Where a person ends its session at the issuer, too; undefined: nowhere, or the issuer does not answer. */
  async leave(request: IncomingMessage, idToken: string | undefined): Promise<string | undefined> {
    try {
      return (await this.#signIn.leave(idToken, this.#at(request)))?.href;
    } catch {
      return undefined;
    }
  }

  /** The console's address, as the browser has it. */
  #at({ headers, socket }: IncomingMessage): URL {
    if (this.#address !== undefined) return this.#address;
    const scheme = (socket as { readonly encrypted?: boolean }).encrypted === true ? 'https' : 'http';
    return new URL(`${scheme}://${headers.host ?? 'localhost'}/console/`);
  }

  #turnAway(response: ServerResponse, error: unknown): void {
    const { code } = error as { readonly code?: unknown };
    leadTo(response, `./#/sign-in/${code === 'unreachable' ? 'unreachable' : 'refused'}`);
  }
}

function secured({ protocol }: URL): string {
  return protocol === 'https:' ? '; Secure' : '';
}

function leadTo(response: ServerResponse, location: string): void {
  const headers = { location, 'content-length': 0, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
  response.writeHead(303, headers);
  response.end();
}
