/** Payments on a ledger that is served: `tallystick serve ./books --services payments`. */
import { join } from 'node:path';
import type { GrpcService, HttpService, Ledger } from 'tallystick/internal/model';
import { Assets } from '../base/assets.ts';
import { type ControlRules, checkRules } from '../controls/rules.ts';
import { Gateway } from '../gateway/gateway.ts';
import { checkGateway } from '../gateway/plans.ts';
import { GatewayRoutes } from '../gateway/routes.ts';
import { PaymentsService } from '../grpc/service.ts';
import { Tenants } from '../payments/tenants.ts';
import { LmdbRecords } from '../records/lmdb-records.ts';
import { MemoryRecords } from '../records/memory-records.ts';
import { PaymentRoutes } from './routes.ts';

/** Undefined where it is not asked for. Throws `invalid_argument` for a file of plans that cannot be. */
function gatewayOf(ledger: Ledger, { services, gateway }: Pick<Host, 'services' | 'gateway'>): Gateway | undefined {
  if (!services.includes('gateway')) return undefined;
  const assets = new Assets();
  const now = (): bigint => BigInt(Date.now()) * 1_000_000n;
  return new Gateway(ledger, { tenants: checkGateway(gateway, assets), assets, now });
}

/** What services stand on: as `@tallystick/server` hands it over. */
export interface Host {
  readonly ledger: Ledger;
  /** The folder of the ledger, in which words are kept beside it; or `:memory:`. */
  readonly folder: string;
  readonly log: { info(about: object, message: string): void };
  /** Rules as they were read, unchecked; undefined: there are none. */
  readonly controls?: unknown;
  /** Which services, by name. */
  readonly services: readonly string[];
  /** The tenants and plans of the gateway, as they were read, unchecked. */
  readonly gateway?: unknown;
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
  const gateway = gatewayOf(ledger, given);
  const admin = gateway === undefined ? [] : [new GatewayRoutes(gateway)];
  const records = folder === ':memory:' ? new MemoryRecords() : await LmdbRecords.open(join(folder, 'services'));
  try {
    const tenants = new Tenants(ledger, { records, ...(controls === undefined ? {} : { controls }) }, gateway);
    await tenants.opened(0);
    log.info({}, 'payments are open');
    const close = async (): Promise<void> => {
      await tenants.idle();
      await records.close();
    };
    return { http: [new PaymentRoutes(tenants), ...admin], grpc: [new PaymentsService(tenants)], close };
  } catch (error) {
    await records.close();
    throw error;
  }
}
