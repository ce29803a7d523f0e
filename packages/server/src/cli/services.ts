/** `serve --services`: the package `@tallystick/services` adds paths to the HTTP door. */
import type { Ledger } from 'tallystick/internal/model';
import type { Loaded } from '../config/index.ts';
import type { StartServices } from '../serve/index.ts';
import { loadOurs } from './packages.ts';

/** What became of a payment, as far as the demo tells it. */
interface Told {
  readonly outcome: string;
  readonly payment: string;
  readonly code?: string;
  readonly again?: boolean;
}

/** Payments, as far as the demo makes them. */
interface PaymentsLike {
  as(who: string): PaymentsLike;
  openAccount(request: object): Promise<unknown>;
  pay(key: string, request: object): Promise<Told>;
  refund(key: string, request: object): Promise<Told>;
  bulk(request: object): Promise<readonly Told[]>;
  approve(payment: string): Promise<{ readonly state: string }>;
  account(name: string, asset: string): Promise<{ readonly balance: string }>;
}

/** The package, as far as it is used here: the command line compiles without it. */
export interface PaymentsPackage {
  readonly startServices: StartServices;
  readonly Payments: new (ledger: Ledger, options: object) => PaymentsLike;
  readonly audit: (ledger: Ledger) => Promise<{ readonly payments: number; readonly problems: readonly string[] }>;
}

/** Undefined where none is configured. Rejects with `package_missing`. */
export async function servicesOf({ configuration }: Loaded): Promise<StartServices | undefined> {
  if (configuration.services.length === 0) return undefined;
  return (await loadServices()).startServices;
}

/** Rejects with `package_missing`. */
export const loadServices = (): Promise<PaymentsPackage> =>
  loadOurs('services', 'services are a package: npm install @tallystick/services lmdb');
