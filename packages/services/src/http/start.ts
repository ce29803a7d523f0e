/** Services on a ledger that is served: `tallystick serve ./books --services payments,gateway`. */
import type { GrpcService, HttpService, Ledger } from 'tallystick/internal/model';
import { Assets } from '../base/assets.ts';
import { ServiceCounts } from '../base/counts.ts';
import { type ControlRules, checkRules } from '../controls/rules.ts';
import { Gateway } from '../gateway/gateway.ts';
import { checkGateway } from '../gateway/plans.ts';
import { GatewayRoutes } from '../gateway/routes.ts';
import { PaymentsService } from '../grpc/service.ts';
import { Tenants } from '../payments/tenants.ts';
import { Rails } from '../rails/rails.ts';
import { checkRails, type Roads } from '../rails/roads.ts';
import { openRecords, type RecordsHost } from '../records/open-records.ts';
import { openScreening } from '../screening/open-screening.ts';
import { Webhooks } from '../webhooks/webhooks.ts';
import { PaymentRoutes } from './routes.ts';

/** What services stand on: as `@tallystick/server` hands it over. */
export interface Host extends RecordsHost {
  readonly ledger: Ledger;
  readonly log: { info(about: object, message: string): void; warn(about: object, message: string): void };
  /** Which services, by name. */
  readonly services: readonly string[];
  /** Rules as they were read, unchecked; undefined: there are none. */
  readonly controls?: unknown;
  /** Which lists names are compared with, as it was read, unchecked; undefined: none. */
  readonly screening?: unknown;
  /** Banks by which payments leave and come in, as they were read, unchecked; undefined: there are none. */
  readonly rails?: unknown;
  /** The tenants and plans of the gateway, as they were read, unchecked. */
  readonly gateway?: unknown;
  /** Undefined: there are no webhooks. */
  readonly webhooks?: { readonly key: string; readonly allowed: readonly string[] } | undefined;
}

/** The services of a server, open. */
export interface Started {
  readonly http: readonly HttpService[];
  readonly grpc: readonly GrpcService[];
  readonly counts: ServiceCounts;
  close(): Promise<void>;
}

/**
 * Opens payments on a server's ledger, and resolves what a process before this one has begun. Rejects with
 * `package_missing` without LMDB, and as the ledger does.
 */
export async function startServices(host: Host): Promise<Started> {
  const { ledger, log } = host;
  const controls = host.controls as ControlRules | undefined;
  // Before anything is opened: a server without the controls that its operator wrote down does not start.
  if (controls !== undefined) checkRules(controls, new Assets());
  const screening = host.screening === undefined ? undefined : await openScreening(host.screening);
  if (screening !== undefined) log.info({ lists: screening.lists }, 'names are screened');
  const roads = host.rails === undefined ? undefined : checkRails(host.rails, new Assets());
  const gateway = gatewayOf(host);
  const admin = gateway === undefined ? [] : [new GatewayRoutes(gateway)];
  const counts = new ServiceCounts();
  counts.screened = screening?.looked;
  const records = await openRecords(host);
  try {
    const demands = {
      counts,
      ...(controls === undefined ? {} : { controls }),
      ...(screening === undefined ? {} : { screening }),
      ...(roads === undefined ? {} : { railsOf: (tenant: number) => roads.get(tenant)?.rails ?? [] }),
    };
    const tenants = new Tenants(ledger, { records, ...demands }, gateway);
    await tenants.opened(0);
    log.info({}, 'payments are open');
    const warn = (about: object, message: string): void => log.warn(about, message);
    const webhooks = host.webhooks && new Webhooks(ledger, { records, ...host.webhooks, log: warn, counts });
    await webhooks?.start();
    const rails = await openRails(ledger, tenants, roads ?? new Map(), warn);
    const close = async (): Promise<void> => {
      for (const one of rails) await one.close();
      await webhooks?.close();
      await tenants.idle();
      await records.close();
    };
    const http = [new PaymentRoutes(tenants, { webhooks, screening }), ...admin];
    return { http, grpc: [new PaymentsService(tenants)], counts, close };
  } catch (error) {
    await records.close();
    throw error;
  }
}

/** Couriers of each tenant that has banks, at work. */
async function openRails(
  ledger: Ledger,
  tenants: Tenants,
  roads: ReadonlyMap<number, Roads>,
  log: (about: object, message: string) => void,
): Promise<Rails[]> {
  const opened: Rails[] = [];
  for (const [tenant, { banks, everyMs, askAgainMs }] of roads) {
    const rails = new Rails(ledger, await tenants.opened(tenant), { banks, everyMs, askAgainMs, log });
    rails.start();
    opened.push(rails);
  }
  return opened;
}

/** Undefined where it is not asked for. Throws `invalid_argument` for a file of plans that cannot be. */
function gatewayOf({ ledger, services, gateway }: Host): Gateway | undefined {
  if (!services.includes('gateway')) return undefined;
  const assets = new Assets();
  const now = (): bigint => BigInt(Date.now()) * 1_000_000n;
  return new Gateway(ledger, { tenants: checkGateway(gateway, assets), assets, now });
}
