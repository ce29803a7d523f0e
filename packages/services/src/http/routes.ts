/** The paths of payments. Whoever calls is known to the door already: it hands over the caller's own ledger. */
import { invalid, invalidField, named, TallystickError } from 'tallystick/internal/model';
import type { Payments } from '../payments/payments.ts';
import type { Beside, Route } from './route.ts';
import { routes } from './table.ts';
import { type Answer, type Asked, PROBLEM_TYPE } from './told.ts';

const ROOT = '/v1/payments';

/** Payments at an HTTP door. */
export class PaymentRoutes {
  readonly #payments: Payments;
  readonly #beside: Beside;

  constructor(payments: Payments, beside: Beside = {}) {
    this.#payments = payments;
    this.#beside = beside;
  }

  owns(path: string): boolean {
    return path === ROOT || path.startsWith(`${ROOT}/`);
  }

  async answer(asked: Asked): Promise<Answer> {
    const parts = asked.path.slice(ROOT.length).split('/').slice(1).map(decoded);
    const here = routesAt(parts);
    if (here.length === 0) throw new TallystickError('not_found', `there is nothing at ${named(asked.path, 200)}`);
    const route = here.find(({ method }) => method === asked.method);
    if (route === undefined) return notAllowed(asked, here);
    checkParameters(asked, route.may ?? (route.inAsset === true ? ['asset'] : []));
    // Before any word is written down: what was begun is finished after a crash, with the rights of the server.
    if ((route.method === 'POST' || route.guarded === true) && !asked.mayWrite) {
      throw new TallystickError('forbidden', 'payments take the role write, and every ledger');
    }
    const at = partsOf(route).findIndex((part) => part.startsWith('{'));
    const payments = this.#payments.through(asked.ledger, asked.caller?.subject);
    return route.act(payments, asked, parts[at] ?? '', this.#beside);
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
function checkParameters({ query }: Asked, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (!known.includes(name)) throw invalidField(named(name), 'is no parameter here');
    if (query.getAll(name).length > 1) throw invalidField(name, 'is there twice');
  }
}

function notAllowed({ method }: Asked, here: readonly Route[]): Answer {
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
