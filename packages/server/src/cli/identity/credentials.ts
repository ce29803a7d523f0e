/** What a server with given settings would make of a token or key: whom it takes it for, and what it lets them do. */
import { readFileSync } from 'node:fs';
import { Cells, Operation, TallystickError } from 'tallystick/internal/model';
import type { Configuration } from '../../config/index.ts';
import { describedIdentity, type Identity, operationScopes, policyObjection } from '../../identity/index.ts';
import { credentialsOf, openPolicy, openSecrets } from '../../serve/index.ts';
import { loadFrom } from '../config-print.ts';
import { printable } from '../printable.ts';

export interface ExplainOptions {
  readonly ledger?: number;
  readonly account?: string;
  readonly code?: number;
  readonly amount?: string;
}

interface Judged {
  readonly identity?: Identity;
  /** Why there is none. */
  readonly reason?: string;
  /** What the policy says, where there is one and somebody wants to know. */
  readonly opinion?: Step;
}

/** Exit code 1 for a credential that is refused. */
export async function testToken(options: Readonly<Record<string, unknown>>): Promise<number> {
  const { identity, reason } = await judge(options);
  if (options.json === true)
    console.log(
      JSON.stringify({ taken: identity !== undefined, reason, ...(identity && describedIdentity(identity)) }),
    );
  else if (identity === undefined) console.log(`refused: ${printable(reason!)}`);
  else
    for (const [name, value] of Object.entries(describedIdentity(identity)))
      console.log(`${name}: ${printable(String(value))}`);
  return identity === undefined ? 1 : 0;
}

/** Exit code 1 for a decision that refuses. */
export async function explainDecision(
  operation: string,
  options: Readonly<Record<string, unknown>> & ExplainOptions,
): Promise<number> {
  const number = Operation[operation as keyof typeof Operation] as Operation | undefined;
  if (number === undefined || typeof number !== 'number') {
    throw new TallystickError('invalid_argument', `there is no operation ${printable(operation)}`);
  }
  const { identity, reason, opinion } = await judge(options, number);
  const own = identity === undefined ? [] : stepsOf(identity, number, options);
  const steps = opinion === undefined ? own : [...own, opinion];
  const allowed = identity !== undefined && steps.every(({ holds }) => holds);
  if (options.json === true) {
    console.log(JSON.stringify({ allowed, reason, ...(identity && describedIdentity(identity)), steps }));
    return allowed ? 0 : 1;
  }
  if (identity === undefined) console.log(`no   the credential is refused: ${printable(reason!)}`);
  else console.log(`yes  the credential is that of ${printable(identity.subject)}`);
  for (const { holds, about } of steps) console.log(`${holds ? 'yes' : 'no '}  ${printable(about)}`);
  console.log(allowed ? 'allowed' : 'refused');
  return allowed ? 0 : 1;
}

interface Step {
  readonly holds: boolean;
  readonly about: string;
}

function stepsOf(identity: Identity, operation: Operation, { ledger, account }: ExplainOptions): Step[] {
  const needed = operationScopes[operation];
  const { scopes, ledgers, accounts, role } = identity;
  const steps: Step[] = [
    needed === 'nobody'
      ? { holds: false, about: 'the ledger alone does that' }
      : {
          holds: scopes.has(needed),
          about: `it takes the scope ${needed}; the role ${role} has ${[...scopes].join(' ')}`,
        },
  ];
  if (ledger !== undefined) {
    const about = ledgers === undefined ? 'the caller may act in every ledger' : `the caller's ledgers are ${ledgers}`;
    steps.push({ holds: ledgers?.has(ledger) ?? true, about: `${about}, and ${ledger} is asked for` });
  } else if (ledgers !== undefined) {
    steps.push({ holds: true, about: `in the ledgers ${ledgers} alone: --ledger asks about one` });
  }
  if (accounts === undefined) return steps;
  const texts = accounts.texts.map((text) => `0x${text}…`).join(', ');
  if (account === undefined)
    steps.push({ holds: true, about: `for the accounts ${texts} alone: --account asks about one` });
  else steps.push({ holds: accounts.has(idBytes(account), 0), about: `the caller's accounts are ${texts}` });
  return steps;
}

function idBytes(text: string): Uint8Array {
  if (!/^(\d+|0x[0-9a-fA-F]{1,32})$/.test(text)) {
    throw new TallystickError('invalid_argument', `--account: ${printable(text)} is no id`);
  }
  const id = BigInt(text);
  const { view, bytes } = Cells.of(16);
  view.setBigUint64(0, BigInt.asUintN(64, id), true);
  view.setBigUint64(8, BigInt.asUintN(64, id >> 64n), true);
  return bytes;
}

/** What the policy of a server would say of one event; undefined: there is none. */
async function opinionOn(
  identity: Identity,
  operation: Operation,
  configuration: Configuration,
  { ledger, code = 0, amount = '0' }: ExplainOptions,
): Promise<Step | undefined> {
  const opinion = await openPolicy(
    configuration,
    () => {},
    () => {},
  );
  if (opinion === undefined) return undefined;
  const { policy, dryRun } = opinion;
  const isTransfer = operation === Operation.create_transfers;
  const named = isTransfer || operation === Operation.create_accounts;
  const event = {
    ...(named ? { ledgers: ledger === undefined ? [] : [ledger], codes: [code] } : {}),
    ...(isTransfer ? { amount_max: amount } : {}),
  };
  try {
    const why = await policyObjection(policy, identity, operation, event);
    const about = why ?? 'the policy allows it';
    return dryRun
      ? { holds: true, about: `${about} (a dry run: it is asked, and not heard)` }
      : { holds: why === undefined, about };
  } finally {
    policy.close();
  }
}

/** Reads the credential, and asks the authenticators that a server would have; its policy, if `operation` is given. */
async function judge(
  options: Readonly<Record<string, unknown>> & ExplainOptions,
  operation?: Operation,
): Promise<Judged> {
  const { credential, json: _json, ledger: _l, account: _a, code: _c, amount: _m, ...settings } = options;
  const quiet = { error: () => {}, warn: () => {}, info: () => {} };
  const secrets = await openSecrets(loadFrom(undefined, settings), quiet);
  const { configuration } = secrets.loaded;
  const problems: string[] = [];
  const credentials = credentialsOf(configuration, {
    problem: ({ message }) => problems.push(message),
    changed: () => {},
  });
  if (credentials === undefined) {
    secrets.close();
    throw new TallystickError('configuration_invalid', 'a server with these settings asks for no credential');
  }
  try {
    const token = readFileSync(credential === undefined ? 0 : String(credential), 'utf8').trim();
    const identity = await credentials.authenticator.authenticate(token);
    const opinion = operation && (await opinionOn(identity, operation, configuration, options));
    return opinion === undefined ? { identity } : { identity, opinion };
  } catch (error) {
    if (!(error instanceof TallystickError) || error.code !== 'unauthenticated') throw error;
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    return { reason: [why, ...problems].join('; ') };
  } finally {
    credentials.close();
    secrets.close();
  }
}
