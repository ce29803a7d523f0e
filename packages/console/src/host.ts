/** What the console stands on, besides the API. */

/** What the books that were imported call their accounts and commodities. */
export interface Names {
  /** A commodity's amounts are whole numbers of 10^-scale. */
  readonly commodities: readonly { readonly name: string; readonly ledger: number; readonly scale: number }[];
  /** Decimal text of the id, and the digits behind the point with which the book writes its amounts. */
  readonly accounts: readonly { readonly name: string; readonly id: string; readonly digits: number }[];
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
  /** Left out: nobody knows any. */
  names?(): Names;
}
