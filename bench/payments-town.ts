/** The town in which payments are measured: a hundred customers, a shop, and everything that an operator demands. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Payments, type PaymentsOptions, Screening } from '../packages/services/src/index.ts';
import { namesByChance } from '../packages/services/test/names.ts';

const CUSTOMERS = 100;
/** Payments with which a town begins. */
export const OPENING: number = CUSTOMERS;
const LISTED = 10_000;

/** Two limits; with the fee and the meter, a payment has five legs. */
const rules = {
  limits: [{ kind: 'customer', asset: 'EUR', per: 'day', amount: '900000000.00', count: 900_000_000 }],
} as const satisfies NonNullable<PaymentsOptions['controls']>;
const gateway = {
  plans: { house: { asset: 'EUR', prices: [{ each: '0' }] } },
  tenants: [{ number: 0, name: 'house', plan: 'house' }],
};

/** A payment, as it is asked for. */
export interface Words {
  readonly from: string;
  readonly to: string;
  readonly asset: string;
  readonly amount: string;
  readonly fee: string;
  readonly description?: string;
}

export const customer = (n: number): string => `customer-${n % CUSTOMERS}`;

export function wish(n: number, isDescribed: boolean): Words {
  const words = { from: customer(n), to: 'shop', asset: 'EUR', amount: '1.00', fee: '0.01' };
  return isDescribed ? { ...words, description: `order ${n}` } : words;
}

/** Files of what is demanded, in a folder, and the options that have a server read them. */
export function configured(folder: string): string[] {
  const file = (name: string, content: object): string => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const lists = [{ path: listIn(folder), format: 'ftm' }];
  return [
    ...['--services', 'payments,gateway'],
    ...['--payments-controls', file('controls.json', rules)],
    ...['--payments-screening', file('screening.json', { lists })],
    ...['--gateway-file', file('gateway.json', gateway)],
  ];
}

/** The same in this process. */
export async function demands(folder: string): Promise<PaymentsOptions> {
  const screening = new Screening({ lists: [{ path: listIn(folder), format: 'ftm' }] });
  await screening.load();
  return { controls: rules, screening, meter: { prepaid: false } };
}

/** Ten thousand people who do not exist, as FollowTheMoney writes them. */
function listIn(folder: string): string {
  const path = join(folder, 'people.json');
  const lines = namesByChance(LISTED, 1).map((name, id) => {
    return JSON.stringify({ id: `p${id}`, schema: 'Person', properties: { name: [name] } });
  });
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

export async function furnish(payments: Payments): Promise<void> {
  await payments.openAccount({ name: 'bank', asset: 'EUR', kind: 'bank' });
  await payments.openAccount({ name: 'shop', asset: 'EUR', kind: 'merchant' });
  for (let n = 0; n < CUSTOMERS; n++) {
    await payments.openAccount({ name: customer(n), asset: 'EUR', kind: 'customer' });
    await payments.pay(`opening-${n}`, { from: 'bank', to: customer(n), asset: 'EUR', amount: '1000000.00' });
  }
}
