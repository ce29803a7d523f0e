/** The paths of the gateway, for its operator; a tenant may look at itself. */
import {
  type HttpService,
  invalid,
  invalidField,
  named,
  type ServiceAnswer,
  type ServiceRequest,
  TallystickError,
} from 'tallystick/internal/model';
import { checkObject, type Shape } from '../base/shape.ts';
import { checkParameters } from '../http/routes.ts';
import { problemOf } from '../http/told.ts';
import type { Booked, Gateway } from './gateway.ts';
import { periodOf } from './usage.ts';

const ROOT = '/v1/gateway/tenants';
const PAGE = 100;

/** What a path says, without its root. */
interface Parts {
  readonly tenant: number;
  readonly period: string;
}

interface GatewayRoute {
  readonly method: 'GET' | 'POST';
  /** Behind `/v1/gateway/tenants`. */
  readonly path: string;
  readonly about: string;
  readonly body?: Shape;
  /** It wants an `Idempotency-Key`. */
  readonly keyed?: true;
  readonly parameters?: readonly string[];
  act(gateway: Gateway, asked: ServiceRequest, parts: Parts): Promise<ServiceAnswer>;
}

const ok = (body: object): ServiceAnswer => ({ status: 200, body });
const AMOUNT: Shape = { amount: { check: 'text', about: 'Text such as 12.50.' } };

function settled(booked: Booked): ServiceAnswer {
  if (booked.outcome === 'done') return { status: booked.again ? 200 : 201, body: { outcome: 'done' } };
  return problemOf(booked.code);
}

/** Every path of the gateway. */
export const gatewayRoutes: readonly GatewayRoute[] = [
  {
    method: 'GET',
    path: '',
    about: 'Tenants by number, 100 at most: `after` is the number of the last one before them.',
    parameters: ['after', 'limit'],
    act: async (gateway, { query }) =>
      ok(await gateway.list(numberOf(query.get('after'), 'after', -1), limitOf(query.get('limit')))),
  },
  {
    method: 'GET',
    path: '/{tenant}',
    about: 'A tenant: its plan, whether it is suspended, and what it has used.',
    act: async (gateway, _asked, { tenant }) => ok(await gateway.tenant(tenant)),
  },
  {
    method: 'POST',
    path: '/{tenant}/suspension',
    about: 'The tenant makes no new payments from now on; what was begun can be ended.',
    body: {},
    act: async (gateway, _asked, { tenant }) => ok(await gateway.suspend(tenant)),
  },
  {
    method: 'POST',
    path: '/{tenant}/resumption',
    about: 'Lets the tenant pay again.',
    body: {},
    act: async (gateway, _asked, { tenant }) => ok(await gateway.resume(tenant)),
  },
  {
    method: 'POST',
    path: '/{tenant}/grants',
    about: 'Adds payments that were paid for before they are made.',
    body: { payments: { check: 'count' } },
    keyed: true,
    act: async (gateway, { key, body }, { tenant }) => {
      const { payments } = body as { readonly payments: number };
      if (payments === 0) throw invalidField('payments', 'must be one or more');
      return settled(await gateway.grant(tenant, key as string, BigInt(payments)));
    },
  },
  {
    method: 'GET',
    path: '/{tenant}/usage',
    about: 'Payments that were made in a month, counted from the ledger.',
    parameters: ['period'],
    act: async (gateway, { query }, { tenant }) => ok(await gateway.usage(tenant, periodOf(query.get('period')))),
  },
  {
    method: 'POST',
    path: '/{tenant}/invoices',
    about: 'Makes the invoice of a month that is over; the same again where there is one.',
    body: { period: { check: 'text', about: 'A month such as 2026-11.' } },
    act: async (gateway, { body }, { tenant }) => {
      const period = periodOf((body as { readonly period: string }).period);
      const { again, ...invoice } = await gateway.invoice(tenant, period);
      return { status: again ? 200 : 201, body: invoice };
    },
  },
  {
    method: 'GET',
    path: '/{tenant}/invoices',
    about: 'The invoices of a tenant, in the order in which they were made; `after` is a month.',
    parameters: ['after', 'limit'],
    act: async (gateway, { query }, { tenant }) => {
      const all = await gateway.invoices(tenant);
      const after = query.get('after');
      const first = after === null ? 0 : all.findIndex(({ period }) => period === periodOf(after).name) + 1;
      return ok(all.slice(first, first + limitOf(query.get('limit'))));
    },
  },
  {
    method: 'GET',
    path: '/{tenant}/invoices/{period}',
    about: 'The invoice of a month.',
    act: async (gateway, _asked, { tenant, period }) => ok(await gateway.invoiceOf(tenant, periodOf(period))),
  },
  {
    method: 'POST',
    path: '/{tenant}/invoices/{period}/payments',
    about: 'Books what was paid for an invoice, never more than is open.',
    body: AMOUNT,
    keyed: true,
    act: settling('paid'),
  },
  {
    method: 'POST',
    path: '/{tenant}/invoices/{period}/credits',
    about: 'Takes a part of an invoice back; an invoice itself never changes.',
    body: AMOUNT,
    keyed: true,
    act: settling('credited'),
  },
];

function settling(how: 'paid' | 'credited'): GatewayRoute['act'] {
  return async (gateway, { key, body }, { tenant, period }) => {
    const { amount } = body as { readonly amount: string };
    return settled(await gateway.settle(tenant, period, key as string, amount, how));
  };
}

/** The gateway at an HTTP door. */
export class GatewayRoutes implements HttpService {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  owns(path: string): boolean {
    return path === ROOT || path.startsWith(`${ROOT}/`);
  }

  async answer(asked: ServiceRequest): Promise<ServiceAnswer> {
    const parts = asked.path.slice(ROOT.length).split('/').slice(1);
    const here = gatewayRoutes.filter(({ path }) => {
      const own = path.split('/').slice(1);
      return own.length === parts.length && own.every((part, at) => part.startsWith('{') || part === parts[at]);
    });
    if (here.length === 0) throw new TallystickError('not_found', `there is nothing at ${named(asked.path, 200)}`);
    // Whoever may not ask does not hear which tenants there are.
    const tenant = parts.length === 0 ? -1 : numberOf(parts[0]!, 'tenant', -1);
    const isOwn = asked.method === 'GET' && asked.caller !== undefined && asked.tenant === tenant && asked.mayRead;
    if (!asked.mayAdmin && !isOwn) {
      throw new TallystickError('forbidden', 'the gateway takes the role admin and every ledger, or a look at oneself');
    }
    const route = here.find(({ method }) => method === asked.method);
    if (route === undefined) throw invalid(`${named(asked.method)} is not allowed here`);
    check(route, asked);
    return route.act(this.#gateway, asked, { tenant, period: parts[2] ?? '' });
  }
}

function check({ method, body, keyed, parameters = [] }: GatewayRoute, asked: ServiceRequest): void {
  checkParameters(asked, parameters);
  if (method === 'POST') checkObject(body!, asked.body, '');
  if (keyed === true && asked.key === undefined) {
    throw invalid('Idempotency-Key is missing: choose one for each wish, and keep it');
  }
}

function numberOf(text: string | null, field: string, otherwise: number): number {
  if (text === null) return otherwise;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw invalidField(field, 'must be a number of a tenant');
}

function limitOf(text: string | null): number {
  if (text === null) return PAGE;
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= PAGE) return Number(text);
  throw invalidField('limit', `must be a number from 1 to ${PAGE}`);
}
