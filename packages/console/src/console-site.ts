/**
 * The console at an HTTP door, below `/console`:
 *
 *   GET /console/                  the page; GET /console/assets/…, its files
 *   GET /console/session           who is signed in, and what that allows
 *   POST, DELETE /console/session  sign in with a token, sign out
 *   GET /console/sign-in           to where people have their accounts, and back (sign-in.ts)
 *   GET /console/metrics           the figures of the metrics port
 *   GET /console/names             what imported books call accounts and ledgers
 *   /console/v1/…                  the API, with the credential of the browser's session
 *
 * The API itself, at `/v1`, knows no cookies, so a page of another site has nothing to gain there.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sameOrigin } from './csrf.ts';
import type { Files, StaticFile } from './files.ts';
import type { Host, Names } from './host.ts';
import { renewed } from './renewal.ts';
import { knowsCsrf, type Session, type Sessions } from './sessions.ts';
import { COOKIE, Entrance } from './sign-in.ts';
import { type Access, cookieOf, refuse, sendJson, type Visit } from './visit.ts';

const ROOT = '/console';
const LOGIN_SIZE_MAX = 16_384;
const TOKEN_SIZE_MAX = 8192;

/** What every answer of ours tells the browser. */
const GUARDED: { readonly [name: string]: string } = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
};

export class ConsoleSite {
  readonly #files: Files;
  readonly #sessions: Sessions;
  readonly #host: Host;
  /** Undefined: people paste a token. */
  readonly #entrance: Entrance | undefined;

  constructor(files: Files, sessions: Sessions, host: Host) {
    this.#files = files;
    this.#sessions = sessions;
    this.#host = host;
    this.#entrance = host.signIn && new Entrance(host.signIn, host, sessions, ownerOf);
  }

  /** True: the request is answered. False: it is the door's, perhaps with another address and a credential. */
  async handle(visit: Visit): Promise<boolean> {
    const { request, response } = visit;
    // A proxy may send the whole address (RFC 9112, 3.2.2).
    const target = (request.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
    const path = target.split('?', 1)[0]!;
    if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return false;
    const below = path.slice(ROOT.length + 1);
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (!reads && !sameOrigin(request.headers)) {
      refuse(response, 403, 'forbidden', 'the request comes from a page of another site', 'Use the console itself.');
      return true;
    }
    if (below.startsWith('v1/')) return this.#handOn(visit, target.slice(ROOT.length), reads);
    if (below === 'session') return this.#session(visit);
    if (!reads) {
      response.setHeader('allow', 'GET, HEAD');
      refuse(response, 405, 'invalid_argument', `${request.method} is not allowed here`, 'Use GET.');
      return true;
    }
    if (below === 'metrics') return this.#metrics(visit);
    if (below === 'names') return this.#names(visit);
    if (this.#entrance !== undefined && (below === 'sign-in' || below === 'signed-in')) {
      await (below === 'sign-in' ? this.#entrance.begin(visit) : this.#entrance.finish(visit));
      return true;
    }
    this.#sendFile(request, response, path, below);
    return true;
  }

  #sendFile(request: IncomingMessage, response: ServerResponse, path: string, below: string): void {
    if (path === ROOT) {
      // Relative, so that it holds behind a proxy that serves us below a path of its own.
      response.writeHead(308, { location: './console/', 'content-length': 0 });
      response.end();
      return;
    }
    if (below === '') {
      const { page, tag, policy } = this.#files;
      const headers = { etag: tag, 'cache-control': 'no-cache', 'content-security-policy': policy };
      if (request.headers['if-none-match'] === tag) {
        response.writeHead(304, { ...GUARDED, ...headers });
        response.end();
      } else send(request, response, page, headers);
      return;
    }
    const file = this.#files.assets.get(below);
    if (file === undefined) {
      refuse(response, 404, 'not_found', 'there is no such page', 'The console is at /console/; reload it.');
    } else send(request, response, file, { 'cache-control': 'public, max-age=31536000, immutable' });
  }

  /** A request of the API, from our page. */
  async #handOn(visit: Visit, target: string, reads: boolean): Promise<boolean> {
    const { request, response } = visit;
    const session = await this.#sessionOf(visit);
    if (session !== undefined && !reads && !knowsCsrf(session, request.headers['tallystick-csrf'])) {
      refuse(response, 403, 'forbidden', 'the request lacks the word of its session', 'Reload the page.');
      return true;
    }
    request.url = target;
    if (session !== undefined) request.headers.authorization = `Bearer ${session.token}`;
    return false;
  }

  /** The session of a browser, with a token that is good for a while yet. */
  async #sessionOf({ request, admit }: Visit): Promise<Session | undefined> {
    const name = cookieOf(request, COOKIE);
    const session = this.#sessions.use(name);
    if (session === undefined) return undefined;
    if (await renewed(session, this.#host.signIn, async (token) => ownerOf(await admit(token)))) return session;
    this.#sessions.end(name);
    return undefined;
  }

  async #session(visit: Visit): Promise<boolean> {
    const { request, response } = visit;
    if (request.method === 'POST') await this.#signIn(visit);
    else if (request.method === 'DELETE') await this.#signOut(visit);
    else if (request.method === 'GET') await this.#tell(visit);
    else refuse(response, 405, 'invalid_argument', `${request.method} is not allowed here`, 'Use GET, POST or DELETE.');
    return true;
  }

  /** Who is signed in. A token that is good no more ends its session. */
  async #tell(visit: Visit): Promise<void> {
    const { request, response, wantsToken, admit } = visit;
    const session = await this.#sessionOf(visit);
    if (session === undefined && wantsToken) {
      sendJson(response, 200, this.#stranger());
      return;
    }
    try {
      sendJson(response, 200, this.#whois(await admit(session?.token), session, wantsToken));
    } catch (error) {
      if (session === undefined) throw error;
      this.#sessions.end(cookieOf(request, COOKIE));
      response.setHeader('connection', 'close');
      sendJson(response, 200, this.#stranger());
    }
  }

  /** What a page is told that nobody has signed in at. */
  #stranger(): object {
    return { signed_in: false, wants_token: true, issuer: this.#entrance !== undefined };
  }

  #whois({ may, expiry }: Access, session: Session | undefined, wantsToken: boolean): object {
    const { version, folder, services } = this.#host;
    return {
      signed_in: true,
      wants_token: wantsToken,
      issuer: this.#entrance !== undefined,
      subject: may?.subject ?? null,
      role: may?.role ?? 'admin',
      scopes: may === undefined ? null : [...may.scopes],
      all_ledgers: may?.ledgers === undefined,
      expires_ms: expiry?.until ?? null,
      csrf: session?.csrf ?? null,
      version,
      services,
      folder: folder.split(/[\\/]/).at(-1),
    };
  }

  async #signIn(visit: Visit): Promise<void> {
    const { request, response, admit } = visit;
    const size = Number(request.headers['content-length'] ?? Number.NaN);
    if (!(size <= LOGIN_SIZE_MAX)) {
      response.setHeader('connection', 'close');
      refuse(response, 413, 'too_much_data', 'that is no token', 'Paste one token.');
      return;
    }
    const token = tokenOf(await visit.read());
    if (token === undefined) {
      refuse(response, 400, 'invalid_argument', 'the body must be {"token": "…"}', 'Paste one token.');
      return;
    }
    const access = await admit(token);
    const name = this.#sessions.begin(token, ownerOf(access));
    // No path: the browser takes the folder of this address, wherever a proxy may have put it.
    const secure = isSecure(request) ? '; Secure' : '';
    response.setHeader('set-cookie', `${COOKIE}=${name}; HttpOnly; SameSite=Strict${secure}`);
    sendJson(response, 200, this.#whois(access, this.#sessions.use(name), true));
  }

  async #signOut({ request, response }: Visit): Promise<void> {
    const name = cookieOf(request, COOKIE);
    const session = this.#sessions.use(name);
    if (session !== undefined && !knowsCsrf(session, request.headers['tallystick-csrf'])) {
      refuse(response, 403, 'forbidden', 'the request lacks the word of its session', 'Reload the page.');
      return;
    }
    if (session !== undefined && request.url!.includes('everywhere=true')) this.#sessions.endAllOf(session.owner);
    this.#sessions.end(name);
    response.setHeader('set-cookie', `${COOKIE}=; HttpOnly; SameSite=Strict; Max-Age=0`);
    // The issuer remembers the person, too: the page goes there, and comes back.
    const granted = session?.granted;
    const leave = granted && (await this.#entrance?.leave(request, granted.idToken));
    sendJson(response, 200, { ...this.#stranger(), leave: leave ?? null });
  }

  async #names(visit: Visit): Promise<boolean> {
    const session = await this.#sessionOf(visit);
    sendJson(visit.response, 200, namesFor(this.#host, await visit.admit(session?.token)));
    return true;
  }

  async #metrics(visit: Visit): Promise<boolean> {
    const { response, admit } = visit;
    const { may } = await admit((await this.#sessionOf(visit))?.token);
    if (may !== undefined && !may.scopes.has('metrics:read')) {
      const next = 'Ask for a role with the scope metrics:read.';
      refuse(response, 403, 'forbidden', `${may.subject} lacks the scope metrics:read`, next);
      return true;
    }
    const text = Buffer.from(await this.#host.metrics());
    const type = 'text/plain; charset=utf-8';
    response.writeHead(200, { 'content-type': type, 'content-length': text.length, 'cache-control': 'no-store' });
    response.end(text);
    return true;
  }
}

/** Of the host's names: a caller of some ledgers only learns none, because they name accounts of all. */
function namesFor({ names }: Host, { may }: Access): Names {
  if (names === undefined || may?.ledgers !== undefined) return { commodities: [], accounts: [] };
  const { commodities, accounts } = names();
  return { commodities, accounts };
}

function ownerOf({ may }: Access): string {
  return JSON.stringify([may?.tenant ?? null, may?.subject ?? null]);
}

function tokenOf(body: Buffer): string | undefined {
  try {
    const { token } = JSON.parse(body.toString()) as { readonly token?: unknown };
    const isToken = typeof token === 'string' && token.length <= TOKEN_SIZE_MAX && /^[\x21-\x7e]+$/.test(token);
    return isToken ? token : undefined;
  } catch {
    return undefined;
  }
}

/** The browser knows best whether its user came over TLS: a proxy may have ended it. */
function isSecure({ headers }: IncomingMessage): boolean {
  return headers.origin?.startsWith('https:') === true;
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  file: StaticFile,
  headers: { readonly [name: string]: string },
): void {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
  const bytes = encoding === 'br' ? file.brotli : encoding === 'gzip' ? file.gzip : file.bytes;
  response.writeHead(200, {
    ...GUARDED,
    ...headers,
    'content-type': file.type,
    'content-length': bytes.length,
    vary: 'accept-encoding',
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
