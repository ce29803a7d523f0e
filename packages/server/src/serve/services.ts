/** Services on the ledger that is served; each is a package of its own. */
import { readFileSync } from 'node:fs';
import { type GrpcService, type Ledger, TallystickError } from 'tallystick/internal/model';
import { readJson } from 'tallystick/internal/wire';
import type { Configuration } from '../config/index.ts';
import type { Logger, ServiceFigures } from '../observe/index.ts';
import type { HttpService } from '../server/index.ts';

/** What services stand on. */
export interface ServiceHost {
  readonly ledger: Ledger;
  /** The folder of the ledger, or `:memory:`. */
  readonly folder: string;
  readonly log: Logger;
  /** Which services, by name. */
  readonly services: readonly string[];
  /** Tenants and plans, as they stand in their file; undefined: there are none. */
  readonly gateway: unknown;
  /** The rules for payments, as they stand in their file; undefined: there are none. */
  readonly controls: unknown;
  /** The lists for screening, in the same way. */
  readonly screening: unknown;
  /** A database for words; undefined: they lie beside the ledger. */
  readonly records: RecordsAt | undefined;
  /** Undefined: there are none. */
  readonly webhooks: { readonly key: string; readonly allowed: readonly string[] } | undefined;
}

/** Where words are kept, and whose they are. */
export interface RecordsAt {
  readonly url: string;
  readonly password: string | undefined;
  readonly connectionsMax: number;
  readonly ledgerId: string;
}

/** What services are told of the configuration. Throws `invalid_argument` for rules that cannot be read. */
export function serviceSettings(configuration: Configuration, ledgerId: bigint): Omit<ServiceHost, 'ledger' | 'log'> {
  const { folder = '', records: url, recordsPassword: password, recordsConnections: connectionsMax } = configuration;
  const { 'webhooks.key': key, 'webhooks.allowed': allowed } = configuration;
  const owner = ledgerId.toString(16).padStart(32, '0');
  return {
    folder,
    services: configuration.services,
    controls: readRules('payments.controls', configuration['payments.controls']),
    screening: readRules('payments.screening', configuration['payments.screening']),
    gateway: readRules('gateway.file', configuration['gateway.file']),
    records: url === undefined ? undefined : { url, password, connectionsMax, ledgerId: owner },
    webhooks: key === undefined ? undefined : { key, allowed },
  };
}

export interface OpenServices {
  readonly http: readonly HttpService[];
  readonly grpc: readonly GrpcService[];
  /** For the observers. */
  readonly counts: ServiceFigures;
  /** Writes what is left to be written down; the ledger stays open. */
  close(): Promise<void>;
}

/** Tenants of a file, and rules. */
const LINES_MAX = 100_000;

/** A file of rules. Throws `invalid_argument`: nothing is served without the controls that its operator wrote down. */
function readRules(key: string, path: string | undefined): unknown {
  if (path === undefined) return undefined;
  try {
    return readJson(readFileSync(path), key, LINES_MAX, true);
  } catch (cause) {
    throw new TallystickError('invalid_argument', `${key}: ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Opens them, and finishes what they had begun before the process ended. */
export type StartServices = (host: ServiceHost) => Promise<OpenServices>;
