/** Services on the ledger that is served; each is a package of its own. */
import type { Ledger } from 'tallystick/internal/model';
import type { Logger } from '../observe/index.ts';
import type { HttpService } from '../server/index.ts';

/** What services stand on. */
export interface ServiceHost {
  readonly ledger: Ledger;
  /** The folder of the ledger, or `:memory:`. */
  readonly folder: string;
  readonly log: Logger;
}

export interface OpenServices {
  readonly http: readonly HttpService[];
  /** Writes what is left to be written down; the ledger stays open. */
  close(): Promise<void>;
}

/** Opens them, and finishes what they had begun before the process ended. */
export type StartServices = (host: ServiceHost) => Promise<OpenServices>;
