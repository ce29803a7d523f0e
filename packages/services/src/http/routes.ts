/** The paths of payments. Whoever calls is known to the door already: it hands over the caller's own ledger. */
import {
  type HttpService,
  invalid,
  invalidField,
  named,
  type ServiceAnswer,
  type ServiceRequest,
  TallystickError,
} from 'tallystick/internal/model';
import { Tenants } from '../payments/tenants.ts';
import type { Beside, Route } from './route.ts';
import { routes } from './table.ts';
import { PROBLEM_TYPE } from './told.ts';

const ROOT = '/v1/payments';

/** Payments at an HTTP door. */
export class PaymentRoutes implements HttpService {
  readonly #tenants: Tenants;
  readonly #beside: Beside;

  constructor(tenants: Tenants, beside: Beside = {}) {
    this.#tenants = tenants;
    this.#beside = beside;
  }

  owns(path: string): boolean {
    return path === ROOT || path.startsWith(`${ROOT}/`);
  }

  async answer(asked: ServiceRequest): Promise<ServiceAnswer> {
    const parts = asked.path.slice(ROOT.length).split('/').slice(1).map(decoded);
    const here = routesAt(parts);
    if (here.length === 0) throw new TallystickError('not_found', `there is nothing at ${named(asked.path, 200)}`);
    const route = here.find(({ method }) => method === asked.method);
    if (route === undefined) return notAllowed(asked, here);
    checkParameters(asked, route.may ?? (route.inAsset === true ? ['asset'] : []));
    // They tell of everything that happens in the ledger, or change what is looked at in every payment.
    if (/^\/(webhooks|screening)/.test(route.path) && asked.tenant !== 0) {
      throw new TallystickError('forbidden', 'webhooks and screening take every ledger');
    }
    const right = route.method === 'POST' || route.guarded === true ? 'write' : 'read';
    const payments = await this.#tenants.of(asked, right, Tenants.costOf(asked.body));
    const at = partsOf(route).findIndex((part) => part.startsWith('{'));
    const answer = await route.act(payments, asked, parts[at] ?? '', this.#beside);
    const headers = this.#tenants.headersOf(asked);
    return headers === undefined ? answer : { ...answer, headers };
  }
}

const partsOf = ({ path }: Route): string[] => path.split('/').slice(1);

/** The rows of a path, whatever their method; a literal part counts before a variable one. */
function routesAt(parts: readonly string[]): Route[] {
  const fitting = routes.filter((route) => {
    const own = partsOf(route);
    return own.length === parts.length && own.every((part, index) => part.startsWith('{') || part === parts[index]);
  });
  const literal = fitting.filter(({ path }) => !path.startsWith('/{'));
  return literal.length > 0 ? literal : fitting;
}

/** One that is there twice could mean either. */
function checkParameters({ query }: ServiceRequest, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (!known.includes(name)) throw invalidField(named(name), 'is no parameter here');
    if (query.getAll(name).length > 1) throw invalidField(name, 'is there twice');
  }
}

function notAllowed({ method }: ServiceRequest, here: readonly Route[]): ServiceAnswer {
  const allowed = here.map((route) => route.method).join(', ');
  const detail = `${named(method)} is not allowed here; use ${allowed}`;
  const body = { type: 'urn:tallystick:error:invalid_argument', title: 'Method Not Allowed', status: 405, detail };
  return { status: 405, type: PROBLEM_TYPE, headers: { allow: allowed }, body };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid('the path is not encoded as one');
  }
}
