/**
 * `tallystick check`: proves from the ledgers alone that money was neither made nor lost: in each currency as many
 * debits as credits, and between shards what `checkShards` proves.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkShards, type Ledger, type OpenLeg, TallystickError } from 'tallystick';
import { isoText } from 'tallystick/internal/base';
import { colours } from './colours.ts';
import { grouped, plural } from './print.ts';
import { loadServices } from './services.ts';
import { foldersOf, isAddress, openLedger, openTarget } from './target.ts';

/** Open settlements that are shown to people; programs get all. */
const SHOWN = 20;

export interface CheckOptions {
  readonly json?: boolean;
  /** Payments and what tenants have used, too. */
  readonly services?: boolean;
}

/** Returns the exit code: 1 when something is wrong. Throws what opening and reading throw. */
export async function check(targets: readonly string[], options: CheckOptions): Promise<number> {
  const names = targets.length === 1 ? foldersOf(targets[0]!) : targets;
  const ledgers: Ledger[] = [];
  try {
    for (const name of names) ledgers.push(await openShard(name));
    const { problems: sums, open, crossed } = await checkShards(ledgers);
    const services = options.services === true ? await checkServices(ledgers, names) : undefined;
    const problems = [...sums, ...(services?.problems ?? [])];
    if (options.json === true) {
      const legs = open.map(({ transfer, amount, timestamp, ...leg }) => ({
        ...leg,
        transfer: String(transfer),
        amount: String(amount),
        timestamp: String(timestamp),
        timestamp_iso: isoText(timestamp),
      }));
      process.stdout.write(
        `${JSON.stringify({ ledgers: names, problems, open: legs, crossed, payments: services?.payments })}\n`,
      );
    } else {
      report(names, problems, open, crossed);
      if (services !== undefined) process.stdout.write(`${plural(services.payments, 'payment')} looked at\n`);
    }
    return problems.length === 0 ? 0 : 1;
  } finally {
    await Promise.allSettled(ledgers.map((ledger) => ledger.close()));
  }
}

/** What must be true of services, by `@tallystick/services`. Their chains may lie on several shards. */
async function checkServices(
  ledgers: readonly Ledger[],
  names: readonly string[],
): Promise<{ readonly payments: number; readonly problems: readonly string[] }> {
  if (ledgers.length > 1) {
    const why = `--services takes one ledger, and ${names.length} were given: give the address that serves them as one`;
    throw new TallystickError('invalid_argument', why);
  }
  const { audit } = await loadServices();
  return audit(ledgers[0]!);
}

/** A folder that is not there is not checked: it would become a new, faultless ledger. */
async function openShard(name: string): Promise<Ledger> {
  if (isAddress(name)) return openTarget(name);
  if (!existsSync(join(name, 'superblock'))) throw new TallystickError('not_found', `${name} is no ledger`);
  return openLedger(name);
}

function report(
  names: readonly string[],
  problems: readonly string[],
  open: readonly OpenLeg[],
  crossed: number,
): void {
  for (const problem of problems) process.stdout.write(`${colours.red('wrong')} ${problem}\n`);
  for (const { shard, transfer, ledger, amount, timestamp, decided } of open.slice(0, SHOWN)) {
    const what = decided ? 'decided, and its last post is missing' : 'pending, or on its way';
    process.stdout.write(
      `${colours.yellow('open ')} transfer ${transfer} on shard ${shard}: ${grouped(amount)} of ledger ` +
        `${ledger} since ` +
        `${isoText(timestamp)}, ${what}\n`,
    );
  }
  if (open.length > SHOWN) process.stdout.write(`and ${plural(open.length - SHOWN, 'more open settlement')}\n`);
  const told = problems.length === 0 ? colours.green('right') : plural(problems.length, 'problem');
  const between = names.length === 1 ? '' : `, ${plural(crossed, 'transfer')} between them`;
  process.stdout.write(
    `${told}: debits and credits of ${plural(names.length, 'ledger')} were added up${between}, ` +
      `${plural(open.length, 'open settlement')}\n`,
  );
}
