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
    const { here, parts } = rowsAt(asked.path.slice(ROOT.length));
    if (here.length === 0) throw new TallystickError('not_found', `there is nothing at ${named(asked.path, 200)}`);
    const row = here.find(({ route }) => route.method === asked.method);
    if (row === undefined) return notAllowed(asked, here);
    const { route } = row;
    checkParameters(asked, row.may);
    if (row.takesAll && asked.tenant !== 0) {
      throw new TallystickError('forbidden', 'webhooks and screening take every ledger');
    }
    const right = route.method === 'POST' || route.guarded === true ? 'write' : 'read';
    const payments = await this.#tenants.of(asked, right, Tenants.costOf(asked.body));
    const answer = await route.act(payments, asked, parts[row.variable] ?? '', this.#beside);
    const headers = this.#tenants.headersOf(asked);
    return headers === undefined ? answer : { ...answer, headers };
  }
}

/** A row of the table, with what follows from its path. */
interface Row {
  readonly route: Route;
  readonly parts: readonly string[];
  /** Which part of the path is variable; -1: none. */
  readonly variable: number;
  /** Parameters that it may have. */
  readonly may: readonly string[];
  /** It tells of everything that happens in the ledger, or changes what is looked at in every payment. */
  readonly takesAll: boolean;
}

interface Found {
  readonly here: readonly Row[];
  /** Of the path, decoded. */
  readonly parts: readonly string[];
}

const rows: readonly Row[] = routes.map((route) => {
  const parts = route.path.split('/').slice(1);
  return {
    route,
    parts,
    variable: parts.findIndex((part) => part.startsWith('{')),
    may: route.may ?? (route.inAsset === true ? ['asset'] : []),
    takesAll: /^\/(webhooks|screening)/.test(route.path),
  };
});

/** Paths without a variable part, which are found as they stand. */
const literals: ReadonlyMap<string, Found> = new Map(
  rows
    .filter(({ variable }) => variable < 0)
    .map(({ route: { path }, parts }) => [path, { here: rows.filter(({ route }) => route.path === path), parts }]),
);

/** The rows of a path, whatever their method; a literal part counts before a variable one. */
function rowsAt(path: string): Found {
  const found = literals.get(path);
  if (found !== undefined) return found;
  const parts = path.split('/').slice(1).map(decoded);
  const fitting = rows.filter((row) => {
    return (
      row.parts.length === parts.length && row.parts.every((part, at) => part.startsWith('{') || part === parts[at])
    );
  });
  const literal = fitting.filter(({ route }) => !route.path.startsWith('/{'));
  return { here: literal.length > 0 ? literal : fitting, parts };
}

/** One that is there twice could mean either. */
export function checkParameters({ query }: ServiceRequest, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (!known.includes(name)) throw invalidField(named(name), 'is no parameter here');
    if (query.getAll(name).length > 1) throw invalidField(name, 'is there twice');
  }
}

function notAllowed({ method }: ServiceRequest, here: readonly Row[]): ServiceAnswer {
  const allowed = here.map(({ route }) => route.method).join(', ');
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
