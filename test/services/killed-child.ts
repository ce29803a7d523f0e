/**
 * Payments in a process that is killed: it finishes what the one before it has begun, then asks for all of its keys in
 * an order of its own, and prints what each was told.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'tallystick';
import { LmdbRecords, Payments } from '../../packages/services/src/index.ts';
import { ask, lasting } from '../../packages/services/test/driver.ts';
import { wishOf } from './killed-wishes.ts';

const [folder, first, count, seed] = process.argv.slice(2);
const AT_A_TIME = 16;

const ledger = await open(join(folder!, 'books'));
const records = await LmdbRecords.open(join(folder!, 'words'));
/** A limit that is reached while it runs, and a few payments that wait for people: an outcome each, for ever. */
const controls = {
  limits: [{ kind: 'customer', asset: 'EUR', per: 'hour', amount: '20000.00', count: 1_000_000 }],
  review: [{ asset: 'EUR', kind: 'customer', from: '30.00' }],
} as const;
const payments = new Payments(ledger, { records, controls }).as('maria');
await payments.resolve();
const kinds = { bank: 'bank', alice: 'customer', bob: 'customer', shop: 'merchant' } as const;
for (const [name, kind] of Object.entries(kinds)) await payments.openAccount({ name, asset: 'EUR', kind });
await payments.pay('opening', { from: 'bank', to: 'alice', asset: 'EUR', amount: '1000000.00' });
writeSync(1, 'ready\n');

/** In blocks, each in another order: a payment is mostly there before what is about it. */
const keys = Array.from({ length: Number(count) }, (_, index) => Number(first) + index);
const order = (key: number): number => Math.floor(key / 32) * 1e6 + ((key * 2_654_435_761 + Number(seed) * 97) % 1009);
keys.sort((a, b) => order(a) - order(b));

let next = 0;
async function sender(): Promise<void> {
  while (next < keys.length) {
    const key = keys[next++]!;
    const { verb, request } = wishOf(key);
    const told = await ask(payments, `key-${key}`, verb, request).then(lasting, (error: { readonly code?: string }) => {
      if (error.code !== 'not_found') throw error;
      return undefined;
    });
    // What a payment is about may not be there yet: then nothing is told, and the key is free.
    if (told !== undefined) writeSync(1, `${key} ${JSON.stringify(told)}\n`);
  }
}
await Promise.all(Array.from({ length: AT_A_TIME }, sender));
writeSync(1, 'all\n');
await payments.idle();
await records.close();
await ledger.close();
