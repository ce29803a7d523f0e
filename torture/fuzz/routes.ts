/**
 * Bodies of requests, at every path of payments and of the gateway: whatever they are, the answer is no mistake of
 * ours, and money moves with a success alone.
 */

import { camt054 } from '../../packages/services/src/bank/messages.ts';
import { Assets } from '../../packages/services/src/base/assets.ts';
import { Gateway } from '../../packages/services/src/gateway/gateway.ts';
import { checkGateway } from '../../packages/services/src/gateway/plans.ts';
import { GatewayRoutes, gatewayRoutes } from '../../packages/services/src/gateway/routes.ts';
import { PaymentRoutes } from '../../packages/services/src/http/routes.ts';
import { routes } from '../../packages/services/src/http/table.ts';
import { Tenants } from '../../packages/services/src/payments/tenants.ts';
import { MemoryRecords } from '../../packages/services/src/records/memory-records.ts';
import { IBAN, payout, sepa } from '../../packages/services/test/banks.ts';
import { type Ledger, open } from '../../src/index.ts';
import { type HttpService, TallystickError } from '../../src/model/index.ts';
import { readJson } from '../../src/wire/index.ts';
import type { Target } from './fuzzer.ts';

const EUR = { asset: 'EUR' } as const;
const controls = {
  fx: { pairs: [{ sell: 'EUR', buy: 'USD', rate: '1.1' }] },
  review: [{ from: '200.00', ...EUR }],
} as const;
const plans = {
  plans: { flat: { asset: 'EUR', prices: [{ each: '1' }] } },
  tenants: [{ number: 0, name: 'own', plan: 'flat' }],
};
const pay = { from: 'bank', to: 'alice', amount: '1.00', ...EUR };
const NOTICE = new TextDecoder().decode(
  camt054(
    { id: 'm1', at: '2026-12-01T12:00:00Z' },
    { iban: IBAN, asset: sepa.asset },
    {
      reference: 'r1',
      day: '2026-12-01',
      units: 100n,
      isCredit: true,
      endToEndId: undefined,
      party: 'Carol',
      returned: undefined,
      remittance: 'nobody',
    },
  ),
);
/** A body that is taken, by the path; others are `{}`. */
const BODIES: { readonly [path: string]: object } = {
  '': pay,
  '/holds': pay,
  '/splits': {
    amount: '1.00',
    from: [{ account: 'bank' }],
    to: [{ account: 'alice', portion: '1/2' }, { account: 'shop' }],
    ...EUR,
  },
  '/exchanges': { quote: `quo_${'0'.repeat(30)}`, from: 'alice', to: 'alice' },
  '/quotes': { sell: 'EUR', buy: 'USD', amount: '1.00' },
  '/bulk': {
    mode: 'all',
    payments: [
      { key: 'a', ...pay },
      { key: 'b', ...pay },
    ],
  },
  '/payouts': { ...payout('Bob', '1.00'), from: 'bank' },
  '/statements': { rail: 'sepa', document: NOTICE },
  '/unmatched/{entry}/assignment': { rail: 'sepa', account: 'alice' },
  '/accounts': { name: 'zoe', kind: 'customer', ...EUR },
  '/{payment}/captures': { amount: '1.00', more: true },
  '/{payment}/refunds': { amount: '0.01' },
  '/{tenant}/grants': { payments: 1 },
  '/{tenant}/invoices': { period: '2026-01' },
  '/{tenant}/invoices/{period}/payments': { amount: '1.00' },
  '/{tenant}/invoices/{period}/credits': { amount: '1.00' },
};

/** Money in all accounts of the names that are paid: what a request that failed must leave as it was. */
async function moneyIn(ledger: Ledger): Promise<string> {
  const accounts = await ledger.queryAccounts({ ledger: 978, limit: 8000 });
  return accounts.map(({ id, debits_posted, debits_pending }) => `${id} ${debits_posted} ${debits_pending}`).join();
}

/** One for each path that takes a body; webhooks are off here. */
export async function routeTargets(): Promise<{ readonly targets: Target[]; readonly close: () => Promise<void> }> {
  const ledger = await open(':memory:', { mode: 'inline' });
  const assets = new Assets();
  const gateway = new Gateway(ledger, { tenants: checkGateway(plans, assets), assets, now: () => 0n });
  const tenants = new Tenants(ledger, { controls, records: new MemoryRecords(), railsOf: () => [sepa] }, gateway);
  const payments = await tenants.opened(0);
  for (const [name, kind] of [
    ['bank', 'bank'],
    ['alice', 'customer'],
    ['shop', 'merchant'],
  ] as const) {
    await payments.openAccount({ name, kind, ...EUR });
  }
  const { payment } = (await payments.hold('h', { ...pay, amount: '9.00' })) as { readonly payment: string };
  await payments.desk.books.prepare(ledger, sepa);
  const out = (await payments.payout('o', { ...payout('Bob', '1.00'), from: 'bank' })) as { readonly id: string };
  await payments.payouts.importStatement('sepa', NOTICE.replace('r1', 'r0'));
  const [entry] = await payments.payouts.unmatched('sepa');
  const asker = { ledger, tenant: 0, mayRead: true, mayWrite: true, mayAdmin: true, caller: { subject: 'fuzz' } };
  let key = 0;
  const target = (service: HttpService, root: string, row: string): Target => {
    const parts = { payment, tenant: '0', period: '2026-01', payout: out.id, entry: entry!.id };
    const path = root + row.replaceAll(/\{(\w+)\}/g, (_, part: keyof typeof parts) => parts[part]);
    return {
      name: `POST ${root}${row}`,
      seeds: [Buffer.from(JSON.stringify(BODIES[row] ?? {}))],
      async try(input) {
        const before = await moneyIn(ledger);
        let isDone = false;
        try {
          const body = readJson(input, '', 1000);
          const query = new URLSearchParams();
          const asked = { ...asker, method: 'POST', path, query, key: `fuzz-${key++}`, body };
          const { status } = await service.answer(asked);
          if (status >= 500) throw new Error(`the answer is ${status}`);
          isDone = status < 300;
        } catch (error) {
          if (!(error instanceof TallystickError) || error.code === 'engine_failed') throw error;
        }
        if (!isDone && (await moneyIn(ledger)) !== before) throw new Error('money moved without a success');
      },
    };
  };
  const posts = (rows: readonly { readonly method: string; readonly path: string }[]): string[] =>
    rows.filter(({ method, path }) => method === 'POST' && !path.startsWith('/webhooks')).map(({ path }) => path);
  const paid = new PaymentRoutes(tenants);
  const admin = new GatewayRoutes(gateway);
  return {
    targets: [
      ...posts(routes).map((row) => target(paid, '/v1/payments', row)),
      ...posts(gatewayRoutes).map((row) => target(admin, '/v1/gateway/tenants', row)),
    ],
    close: () => ledger.close(),
  };
}
