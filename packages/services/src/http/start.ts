/** Payments on a ledger that is served: `tallystick serve ./books --services payments`. */
import { join } from 'node:path';
import type { GrpcService, HttpService, Ledger } from 'tallystick/internal/model';
import { Assets } from '../base/assets.ts';
import { type ControlRules, checkRules } from '../controls/rules.ts';
import { PaymentsService } from '../grpc/service.ts';
import { Tenants } from '../payments/tenants.ts';
import { LmdbRecords } from '../records/lmdb-records.ts';
import { MemoryRecords } from '../records/memory-records.ts';
import { PaymentRoutes } from './routes.ts';

/** What services stand on: as `@tallystick/server` hands it over. */
export interface Host {
  readonly ledger: Ledger;
  /** The folder of the ledger, in which words are kept beside it; or `:memory:`. */
  readonly folder: string;
  readonly log: { info(about: object, message: string): void };
  /** Rules as they were read, unchecked; undefined: there are none. */
  readonly controls?: unknown;
}

/** The services of a server, open. */
export interface Started {
  readonly http: readonly HttpService[];
  readonly grpc: readonly GrpcService[];
  close(): Promise<void>;
}

/**
 * Opens payments on a server's ledger, and finishes what a process before this one has begun. Rejects with
 * `package_missing` without LMDB, and as the ledger does.
 */
export async function startServices({ ledger, folder, log, ...given }: Host): Promise<Started> {
  const controls = given.controls as ControlRules | undefined;
  // Before anything is opened: a server without the controls that its operator wrote down does not start.
  if (controls !== undefined) checkRules(controls, new Assets());
  const records = folder === ':memory:' ? new MemoryRecords() : await LmdbRecords.open(join(folder, 'services'));
  try {
    const tenants = new Tenants(ledger, { records, ...(controls === undefined ? {} : { controls }) });
    await tenants.opened(0);
    log.info({}, 'payments are open');
    const close = async (): Promise<void> => {
      await tenants.idle();
      await records.close();
    };
    return { http: [new PaymentRoutes(tenants)], grpc: [new PaymentsService(tenants)], close };
  } catch (error) {
    await records.close();
    throw error;
  }
}
