/** Payments on a ledger that is served: `tallystick serve ./books --services payments`. */
import type { Ledger } from 'tallystick/internal/model';
import { Assets } from '../base/assets.ts';
import { type ControlRules, checkRules } from '../controls/rules.ts';
import { Payments } from '../payments/payments.ts';
import { openRecords, type RecordsHost } from '../records/open-records.ts';
import { Webhooks } from '../webhooks/webhooks.ts';
import { PaymentRoutes } from './routes.ts';

/** What services stand on: as `@tallystick/server` hands it over. */
export interface Host extends RecordsHost {
  readonly ledger: Ledger;
  readonly log: { info(about: object, message: string): void; warn(about: object, message: string): void };
  /** Rules as they were read, unchecked; undefined: there are none. */
  readonly controls?: unknown;
  /** Undefined: there are no webhooks. */
  readonly webhooks?: { readonly key: string; readonly allowed: readonly string[] } | undefined;
}

/** The services of a server, open. */
export interface Started {
  readonly http: readonly PaymentRoutes[];
  close(): Promise<void>;
}

/**
 * Opens payments on a server's ledger, and finishes what a process before this one has begun. Rejects with
 * `package_missing` without LMDB, and as the ledger does.
 */
export async function startServices(host: Host): Promise<Started> {
  const { ledger, log } = host;
  const controls = host.controls as ControlRules | undefined;
  // Before anything is opened: a server without the controls that its operator wrote down does not start.
  if (controls !== undefined) checkRules(controls, new Assets());
  const records = await openRecords(host);
  try {
    const payments = new Payments(ledger, { records, ...(controls === undefined ? {} : { controls }) });
    const finished = await payments.resolve();
    log.info({ finished }, 'payments are open');
    const warn = (about: object, message: string): void => log.warn(about, message);
    const webhooks = host.webhooks && new Webhooks(ledger, { records, ...host.webhooks, log: warn });
    await webhooks?.start();
    const close = async (): Promise<void> => {
      await webhooks?.close();
      await payments.idle();
      await records.close();
    };
    return { http: [new PaymentRoutes(payments, { webhooks })], close };
  } catch (error) {
    await records.close();
    throw error;
  }
}
