/**
 * A second opinion on each request, from a policy of the operator's own. It can only forbid: scopes, ledgers and
 * accounts are looked at as without it. It is asked once a request, not once an event, and what it has not allowed in
 * so many words, in time, is refused.
 */
import {
  AccountOffset,
  type Before,
  before,
  Cells,
  Operation,
  operationShapes,
  type Port,
  type Request,
  TallystickError,
  TransferOffset,
} from 'tallystick/internal/model';
import type { Scopes } from './scopes.ts';

/** Whoever asks, as far as a policy is told. */
export interface PolicyCaller {
  readonly subject: string;
  readonly tenant?: string;
  readonly role: string;
  readonly scopes: Scopes;
  readonly shown: string;
}

/** What a policy is told. A field is never taken out or changed within a version. */
export interface PolicyInput {
  readonly version: 1;
  readonly subject: string;
  readonly tenant: string | null;
  readonly role: string;
  readonly scopes: readonly string[];
  /** How the caller has shown who it is: `token`, `key`, `certificate`, `static token`. */
  readonly shown: string;
  /** `create_transfers` */
  readonly operation: string;
  /** How many. */
  readonly events: number;
  /** Of a create: what its events name, each once, in order. */
  readonly ledgers?: readonly number[];
  readonly codes?: readonly number[];
  /** Of `create_transfers`: the largest amount, in decimal. */
  readonly amount_max?: string;
}

export interface Opinion {
  readonly allow: boolean;
  readonly reasons: readonly string[];
}

/** Whoever has the opinion. A rejection is a refusal. */
export interface Policy {
  decide(input: PolicyInput): Promise<Opinion>;
  close(): void;
}

export interface SecondOpinion {
  readonly policy: Policy;
  /** What would be refused is reported, and done. */
  readonly dryRun: boolean;
}

const ROW = 128;
const REASON_MAX = 200;

/** `denied` hears what was refused, or would have been. */
export function opined({ policy, dryRun }: SecondOpinion, who: PolicyCaller, denied: (reason: string) => void): Before {
  return before(async (port, request) => {
    const events = Cells.of(request.count * operationShapes[request.operation].eventSize);
    request.write(events, 0);
    const why = await objection(policy, inputOf(who, request, events));
    if (why === undefined) return sent(port, request, events);
    denied(dryRun ? `dry run, and it was done: ${why}` : why);
    if (dryRun) return sent(port, request, events);
    throw new TallystickError('forbidden', why);
  });
}

/** What is sent is what was looked at. */
function sent<T>(port: Port, request: Request<T>, events: Cells): Promise<T> {
  const { operation, count, read, context } = request;
  return port.request({ operation, count, write: (cells, at) => cells.bytes.set(events.bytes, at), read, context });
}

/** Why a policy would refuse a request of one event, which nobody has sent; undefined: it would not. */
export function policyObjection(
  policy: Policy,
  who: PolicyCaller,
  operation: Operation,
  event: Pick<PolicyInput, 'ledgers' | 'codes' | 'amount_max'>,
): Promise<string | undefined> {
  return objection(policy, { ...aboutCaller(who, operation, 1), ...event });
}

async function objection(policy: Policy, input: PolicyInput): Promise<string | undefined> {
  try {
    const { allow, reasons } = await policy.decide(input);
    if (allow) return undefined;
    const said = reasons
      .join(', ')
      .slice(0, REASON_MAX)
      .replace(/[^\x20-\x7e]/g, '?');
    return `the policy refuses ${input.operation}${said === '' ? '' : `: ${said}`}`;
  } catch {
    return `the policy could not be asked about ${input.operation}, and what it has not allowed is refused`;
  }
}

/** An opinion as a policy writes it: `true`, or `{ "allow": true }`, or `{ "allow": false, "reasons": ["…"] }`. */
export function opinionOf(result: unknown): Opinion {
  if (result === true) return { allow: true, reasons: [] };
  const { allow, reasons } = (result ?? {}) as { readonly allow?: unknown; readonly reasons?: unknown };
  const texts = Array.isArray(reasons) ? reasons.filter((one) => typeof one === 'string') : [];
  return { allow: allow === true, reasons: texts };
}

export function inputOf(who: PolicyCaller, { operation, count }: Request<unknown>, events: Cells): PolicyInput {
  return { ...aboutCaller(who, operation, count), ...created(operation, count, events) };
}

function aboutCaller(
  { subject, tenant, role, scopes, shown }: PolicyCaller,
  operation: Operation,
  events: number,
): PolicyInput {
  return {
    version: 1,
    subject,
    tenant: tenant ?? null,
    role,
    scopes: [...scopes].sort(),
    shown,
    operation: String(Operation[operation]),
    events,
  };
}

function created(operation: Operation, count: number, { view }: Cells): Partial<PolicyInput> {
  const isTransfers = operation === Operation.create_transfers;
  if (!isTransfers && operation !== Operation.create_accounts) return {};
  const offset = isTransfers ? TransferOffset : AccountOffset;
  const [ledgers, codes] = [new Set<number>(), new Set<number>()];
  let amount = 0n;
  for (let at = 0; at < count * ROW; at += ROW) {
    ledgers.add(view.getUint32(at + offset.ledger, true));
    codes.add(view.getUint16(at + offset.code, true));
    if (!isTransfers) continue;
    const high = view.getBigUint64(at + TransferOffset.amount + 8, true);
    const one = (high << 64n) | view.getBigUint64(at + TransferOffset.amount, true);
    if (one > amount) amount = one;
  }
  return { ledgers: [...ledgers], codes: [...codes], ...(isTransfers ? { amount_max: String(amount) } : {}) };
}
