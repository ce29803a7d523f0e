/** What the console stands on, besides the API. */

/** What the books that were imported call their accounts and commodities. */
export interface Names {
  /** A commodity's amounts are whole numbers of 10^-scale. */
  readonly commodities: readonly { readonly name: string; readonly ledger: number; readonly scale: number }[];
  /** Decimal text of the id, and the digits behind the point with which the book writes its amounts. */
  readonly accounts: readonly { readonly name: string; readonly id: string; readonly digits: number }[];
}

/** What a sign-in at an issuer brought, or its renewal. */
export interface Granted {
  readonly token: string;
  /** Brings the next one; undefined: there is none. */
  readonly refresh: string | undefined;
  readonly idToken: string | undefined;
  /** When the token ends, in milliseconds since the epoch; undefined: nobody says. */
  readonly expires: number | undefined;
}

/** The code flow of OpenID Connect, as `@tallystick/server` has it. Rejects with `unauthenticated`, `unreachable`. */
export interface SignIn {
  begin(back: URL): Promise<{ readonly address: URL; readonly seed: string }>;
  finish(seed: string | undefined, came: URL): Promise<Granted>;
  renew(granted: Granted): Promise<Granted>;
  leave(idToken: string | undefined, back: URL): Promise<URL | undefined>;
}

/** What it stands on: as `@tallystick/server` hands it over. */
export interface Host {
  readonly version: string;
  /** The name of the ledger's folder, or `:memory:`. */
  readonly folder: string;
  /** What stands on the ledger and has paths of its own: `payments`. */
  readonly services: readonly string[];
  /** The figures of the metrics port, as Prometheus reads them. */
  metrics(): Promise<string>;
  /** Undefined: people paste a token. */
  readonly signIn: SignIn | undefined;
  /** The console's own address, as browsers have it; undefined: as each request names it. */
  readonly address: URL | undefined;
  /** Left out: nobody knows any. */
  names?(): Names;
}
